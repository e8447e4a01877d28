package pulse

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pulse/internal/fifo"
)

const (
	// MicName is the name of the virtual microphone on the server.
	MicName = "stillmic"

	// MicDescription is what people see in their applications.
	MicDescription = "Stillmic Microphone"

	// helperSuffix makes the name of the sink behind a remapped source.
	helperSuffix = "_sink"

	// deviceTimeout bounds the wait for a device to appear: PipeWire answers
	// the request that makes one before the device can be seen.
	deviceTimeout = 5 * time.Second
)

// PublishPath is the way audio takes into the virtual microphone.
type PublishPath int

const (
	// PathAuto takes the best path for the server.
	PathAuto PublishPath = iota
	// PathPipe is a pipe source fed through a FIFO: next to no delay, no
	// clock of its own. PulseAudio on this machine only; PipeWire's stutters.
	PathPipe
	// PathSink is a null sink whose monitor is remapped to a source, because
	// applications hide monitors. It works everywhere.
	PathSink
)

// String names the path for people.
func (p PublishPath) String() string {
	return [...]string{"auto", "pipe source", "null sink and remapped source"}[p]
}

// PublishOptions says how the virtual microphone is made.
type PublishOptions struct {
	// Name on the server; empty means MicName. Only one may exist of a name.
	Name string

	// Description for people; empty means MicDescription.
	Description string

	// Dir is the folder for the FIFO of a pipe source, made if it is not there.
	Dir string

	// Path is for tests; the zero value is right.
	Path PublishPath
}

// VirtualMic is a microphone that other programs record and that plays what
// is written to it. It is a Sink.
type VirtualMic struct {
	pulse   *Server
	name    string
	path    PublishPath
	modules []uint32 // in the order they were loaded
	out     micWriter
	tending sync.Mutex    // held while tend works
	parted  time.Time     // when the way through PipeWire was seen to be cut, or zero; the watcher's
	helper  atomic.Uint32 // index of the null sink, as seen last
	gone    atomic.Bool   // somebody else took the device away
	ended   atomic.Bool   // we did
	once    sync.Once
	left    bool  // by Withdraw, to the next owner
	closed  error // what Withdraw says
}

var (
	_ audioio.SampleSink    = (*VirtualMic)(nil)
	_ audioio.StatsReporter = (*VirtualMic)(nil)
	_ audioio.Flusher       = (*VirtualMic)(nil)
	_ audioio.Withdrawer    = (*VirtualMic)(nil)
)

// micWriter is the way into the server.
type micWriter interface {
	audioio.Sink
	// Listening tells it whether anybody records the microphone.
	Listening(bool)
	// Flush throws away what waits to be played.
	Flush()
	// Stats counts what went wrong.
	Stats() audioio.SinkStats
}

// Publish makes the virtual microphone, or adopts the one that an earlier process left
// under the same name, with the programs that record it.
func (p *Server) Publish(o PublishOptions) (*VirtualMic, error) {
	if o.Name == "" {
		o.Name = MicName
	}
	if o.Description == "" {
		o.Description = MicDescription
	}
	if err := checkDeviceNames(o); err != nil {
		return nil, fmt.Errorf("publish the microphone: %w", err)
	}
	m := &VirtualMic{pulse: p, name: o.Name, path: o.Path}
	if m.path == PathAuto {
		m.path = p.bestPath()
	}
	adopted, err := m.adopt(o)
	if err == nil && !adopted {
		err = m.build(o)
	}
	if err != nil {
		return nil, fmt.Errorf("publish %q: %w", o.Name, err)
	}
	p.watch.own.Store(&m.name)
	p.watch.tended.Store(m)
	p.watch.onListeners(func(n int) {
		m.gone.Store(n == notThere)
		m.out.Listening(n > 0)
	})
	p.opened(m)
	return m, nil
}

// bestPath is the path of PathAuto.
func (p *Server) bestPath() PublishPath {
	if !p.info.PipeWire && p.info.Local && fifo.Supported {
		return PathPipe
	}
	return PathSink
}

// Name returns the name of the source on the server.
func (m *VirtualMic) Name() string { return m.name }

// Path returns the way audio takes.
func (m *VirtualMic) Path() PublishPath { return m.path }

// Listeners returns the number of programs that record the microphone now.
// EventListenersChanged says when to look again.
func (m *VirtualMic) Listeners() int { return int(m.pulse.watch.listeners.Load()) }

// WriteBlock implements Sink. It does not allocate. It returns ErrDeviceGone
// when somebody else took the microphone away, and ErrServerGone.
func (m *VirtualMic) WriteBlock(b *audioio.Block) error {
	if err := m.failure(); err != nil {
		return err
	}
	return m.out.WriteBlock(b)
}

// WriteSamples implements SampleSink where the microphone has a clock of its
// own (Fill says so). On the other path only whole blocks can be written.
func (m *VirtualMic) WriteSamples(p []float32) error {
	if err := m.failure(); err != nil {
		return err
	}
	if s, ok := m.out.(audioio.SampleSink); ok {
		return s.WriteSamples(p)
	}
	return fmt.Errorf("write to %q: a %v takes whole blocks only", m.name, m.path)
}

// failure says why nothing can be written any more.
func (m *VirtualMic) failure() error {
	if m.ended.Load() {
		return fmt.Errorf("write to %q: %w", m.name, audioio.ErrClosed)
	}
	// A server that ends takes the microphone away first.
	if err := m.pulse.ctl.Failure(); err != nil && !errors.Is(err, audioio.ErrClosed) {
		return fmt.Errorf("write to %q: %w", m.name, err)
	}
	if m.gone.Load() {
		return fmt.Errorf("write to %q: %w", m.name, audioio.ErrDeviceGone)
	}
	return nil
}

// Flush throws away what nobody has heard yet. Nobody may write meanwhile.
func (m *VirtualMic) Flush() { m.out.Flush() }

// Fill implements Sink.
func (m *VirtualMic) Fill() audioio.Fill { return m.out.Fill() }

// Stats counts what went wrong since Publish.
func (m *VirtualMic) Stats() audioio.SinkStats { return m.out.Stats() }

// Close is Withdraw for who need not know what became of it: the device stays where a
// program records it.
func (m *VirtualMic) Close() error {
	_, err := m.Withdraw(false)
	return err
}
