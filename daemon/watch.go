package daemon

import (
	"fmt"
	"path/filepath"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/stillmic/stillmic/daemon/device"
	"github.com/stillmic/stillmic/daemon/engine"
)

const (
	// silence is how long a microphone may deliver nothing before that is said.
	silence = 2 * time.Second

	// wakeUp is how long it may take to deliver anything at first: a headset
	// changes its profile, an idle null sink takes 2 s.
	wakeUp = 5 * time.Second
)

// lookout judges a stream from outside.
type lookout struct {
	first  uint64 // frames at its start
	frames uint64
	moved  time.Time // when frames changed last
}

func newLookout(e *engine.Engine) lookout {
	n := e.Hops()
	return lookout{first: n, frames: n, moved: time.Now()}
}

// judge returns the state a stream is in, and why.
func (l *lookout) judge(s *supervisor) (State, string) {
	now := time.Now()
	if n := s.engine.Hops(); n != l.frames {
		l.frames, l.moved = n, now
	}
	_, passing := s.engine.Level()
	switch {
	case now.Sub(l.moved) > wakeUp, l.frames != l.first && now.Sub(l.moved) > silence:
		return Degraded, fmt.Sprintf("%s delivers no audio; is it muted by a switch, or the sound server frozen?", s.here.source.Name)
	case s.engine.Broken():
		return Degraded, "the processing failed; the microphone passes through unprocessed until it is started again"
	case passing:
		return Degraded, "the machine is too slow just now; the microphone passes through unprocessed for a while"
	case s.engine.Slow():
		return Degraded, "the machine is too slow just now; a smaller network cleans the microphone for a while"
	case l.frames == l.first:
		return s.here.state, s.here.reason
	case s.engine.Bypass():
		return Running, "bypassed: the microphone passes through unprocessed"
	}
	return Running, "cleaning the microphone"
}

const (
	renewFirst = 5 * time.Second
	renewMost  = 5 * time.Minute

	// renewForgiven is how long a suppressor must have worked for the next fault to be
	// the first again.
	renewForgiven = 2 * renewMost

	// sameFault is how long the same panic is not reported again: a stream that is
	// tried twice a second would fill the disk.
	sameFault = time.Minute
)

// renewal brings a new processor after the old one panicked: after 5 s, then
// each time after twice as long.
type renewal struct {
	make  func() (engine.Processor, error)
	info  func() (version, model string)
	at    time.Time
	delay time.Duration
	last  time.Time // when it came

	told   string // the fault reported last
	toldAt time.Time
}

// fault reports a panic and plans the renewal of the suppressor.
func (r *renewal) fault(s *supervisor, f engine.Fault) {
	if what := string(f.From) + f.Value; what != r.told || time.Since(r.toldAt) > sameFault {
		r.told, r.toldAt = what, time.Now()
		r.tell(s, f)
	}
	if f.From != engine.Suppressor && f.From != engine.AudioPath {
		return
	}
	if time.Since(r.last) > renewForgiven {
		r.delay = 0
	}
	r.delay = min(max(2*r.delay, renewFirst), renewMost)
	r.at = time.Now().Add(r.delay)
}

// tell writes a panic's report and logs it.
func (r *renewal) tell(s *supervisor, f engine.Fault) {
	version, model := r.info()
	path, err := writeReport(f, version, model)
	if err != nil {
		s.log.Error("the "+string(f.From)+" failed, and so did writing the report", zap.String("panic", f.Value), zap.Error(err))
		return
	}
	s.log.Error("the "+string(f.From)+" failed; audio goes on without it", zap.String("panic", f.Value), zap.String("report", path))
	if err := tidyReports(filepath.Dir(path)); err != nil {
		s.log.Warn("old reports stay", zap.Error(err))
	}
}

// due brings the new processor when it is time.
func (r *renewal) due(s *supervisor) {
	if r.at.IsZero() && s.engine.Broken() && !s.engine.Replacing() {
		// Its panic came while another was waiting to be reported.
		r.at = time.Now().Add(max(r.delay, renewFirst))
	}
	if r.at.IsZero() || time.Now().Before(r.at) {
		return
	}
	r.at = time.Time{}
	p, err := r.make()
	if err != nil {
		s.log.Error("start the suppressor again", zap.Error(err))
		r.at = time.Now().Add(renewMost)
		return
	}
	r.last = time.Now()
	s.engine.Replace(p)
}

// probeInterval is how often a microphone is asked for its latency.
const probeInterval = time.Second

// probeLatency keeps asking a microphone how old its audio is when it arrives,
// until the stream ends. It has a goroutine of its own because the answer of a
// frozen server takes long. A back end that does not know counts as none.
func probeLatency(src device.Source, into *atomic.Int64, ended <-chan struct{}) {
	into.Store(0)
	asked, ok := src.(interface{ Latency() (time.Duration, error) })
	if !ok {
		return
	}
	t := time.NewTicker(probeInterval)
	defer t.Stop()
	for {
		d, err := asked.Latency()
		if err == nil { // else the server stands still for now, or the stream is about to end
			into.Store(int64(d))
		}
		select {
		case <-ended:
			return
		case <-t.C:
		}
	}
}
