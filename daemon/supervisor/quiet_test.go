package supervisor

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/device"
	"github.com/stillmic/stillmic/daemon/engine"
	"github.com/stillmic/stillmic/daemon/strength"
)

// quietServer has microphones that never deliver anything.
type quietServer struct {
	mu     sync.Mutex
	list   []audioio.Device
	opened []time.Time
	off    bool // the server has switched the microphones off
	frozen bool // the server does not answer
	events chan audioio.Event
}

func newQuietServer() *quietServer {
	return &quietServer{events: make(chan audioio.Event, 10), list: []audioio.Device{{Name: ownMic, Virtual: true}, {Name: desk, Default: true}}}
}

func (q *quietServer) Describe() string { return "quiet" }

func (q *quietServer) OpenSource(name string) (device.Source, error) {
	d, err := q.Pick(name)
	if err != nil {
		return nil, err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.opened = append(q.opened, time.Now())
	return &quietSource{device: d, off: q.off, closed: make(chan struct{})}, nil
}

func (q *quietServer) Pick(name string) (audioio.Device, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	best := audioio.Device{}
	for _, d := range q.list {
		if d.Name != ownMic && !d.Monitor && (name == d.Name || name == "" && (best.Name == "" || d.Default)) {
			best = d
		}
	}
	if best.Name == "" {
		return best, audioio.ErrNoDevice
	}
	return best, nil
}

func (q *quietServer) Publish() (device.Sink, error) { return &quietSink{}, nil }

func (q *quietServer) Devices() ([]audioio.Device, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.frozen {
		return nil, audioio.ErrServerGone
	}
	return append([]audioio.Device(nil), q.list...), nil
}

func (q *quietServer) SetDefaultSource(string) error { return nil }

func (q *quietServer) Events() <-chan audioio.Event { return q.events }

func (q *quietServer) Close() error { return nil }

// change makes another list of the devices and tells of it.
func (q *quietServer) change(kind audioio.EventKind, device string, list ...audioio.Device) {
	q.mu.Lock()
	q.list = list
	q.mu.Unlock()
	q.events <- audioio.Event{Kind: kind, Device: audioio.Device{Name: device}}
	synctest.Wait()
}

func (q *quietServer) times() []time.Time {
	q.mu.Lock()
	defer q.mu.Unlock()
	return append([]time.Time(nil), q.opened...)
}

type quietSource struct {
	device audioio.Device
	off    bool
	once   sync.Once
	closed chan struct{}
}

func (q *quietSource) Device() audioio.Device { return q.device }

func (q *quietSource) Suspended() bool { return q.off }

func (q *quietSource) ReadBlock(*audioio.Block) error {
	<-q.closed
	return audioio.ErrClosed
}

func (q *quietSource) Close() error {
	q.once.Do(func() { close(q.closed) })
	return nil
}

type quietSink struct{}

func (quietSink) WriteBlock(*audioio.Block) error { return nil }

func (quietSink) Fill() audioio.Fill { return audioio.Fill{} }

func (quietSink) Close() error { return nil }

func (quietSink) Name() string { return ownMic }

func (quietSink) Describe() string { return "nowhere" }

func (quietSink) Listeners() int { return 0 }

// deaf is an observer that does nothing.
type deaf struct{}

func (deaf) Changed() {}

func (deaf) Published(device.Server, Snapshot) {}

func (deaf) Withdrawn(device.Server, Snapshot) {}

func (deaf) UseChanged(device.Server, Snapshot) {}

func (deaf) VolumeChanged(device.Server, Snapshot) {}

// newQuietSupervisor looks after a quiet server that it has reached already.
func newQuietSupervisor(t *testing.T, q *quietServer) *Supervisor {
	s := New(Options{
		Engine: engine.New(still{}, strength.Strong), Observer: deaf{}, Wait: true, ReportDir: t.TempDir(),
		NewProcessor: func() (engine.Processor, error) { return still{}, nil },
		Describe:     func() (string, string) { return "1", "still" }, Log: zap.NewNop(),
	})
	s.here = Snapshot{Sink: ownMic, Source: audioio.Device{Name: desk}, Default: desk, srv: q, sink: quietSink{}}
	return s
}
