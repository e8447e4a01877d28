// Package speaker keeps a virtual output, Stillmic Speaker: what programs play into it is cleaned
// and played on a real output. One goroutine, Run's, owns it; while programs play another one moves
// the sound, hop by hop.
package speaker

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/strength"
	"github.com/stillmic/stillmic/model"
)

// Settings is what can be chosen.
type Settings struct {
	On       bool
	Strength strength.Limit
	Device   string // the output to play on, "" for the default one
}

// State is what the virtual output does.
type State string

// The states.
const (
	Off        State = "off"
	Impossible State = "not possible"       // Reason says why
	Waiting    State = "waiting for server" // or it cannot be made
	Suspended  State = "suspended"          // nobody plays
	NoOutput   State = "no output"          // to play on
	Running    State = "running"
)

// Status is what is known of it.
type Status struct {
	State     State
	Reason    string // for Waiting and Impossible: why
	Cable     string // input that stands for the virtual output: programs play into its other end; "": it is ours
	Output    string // description of the real output
	Apps      []string
	Loop      string // description of an output that is not used, since it plays into ours
	Music     bool   // what is played is left alone
	Passing   bool   // likewise, since the machine is too slow or the network failed
	RemovedDB float64
	DelayMS   float64 // from the virtual output to the real one's buffer
	Hops      uint64
	Missed    uint64 // hops that took over 10 ms
	Dropped   uint64 // samples
	Underruns uint64
	Restarts  uint64 // after a failure of the network
}

// Options is what a Speaker is made of.
type Options struct {
	// Opener publishes the virtual output; one that is no audioio.SpeakerOpener cannot.
	Opener any
	// Weights loads the network.
	Weights func() (*model.Weights, error)
	// NewDetector makes what tells music; nil: all is cleaned.
	NewDetector func() Detector
	// RaiseThread gives the goroutine that moves the sound a better priority, and reports whether it
	// has a thread of its own then; may be nil.
	RaiseThread func() bool
	// Changed says that there is news; may be nil.
	Changed func()
	Log     *zap.Logger
}

const (
	// linger is how long nobody must have played for the outputs to be closed.
	linger = 3 * time.Second

	// lookAlways is how often it is looked without news while somebody plays: PipeWire forgets to
	// tell of another default output.
	lookAlways = time.Second

	// lookApart is how far apart looks are: our own streams are news, too.
	lookApart = 30 * time.Millisecond

	// again is how long after it began a network that failed is followed by another.
	again = 10 * time.Second

	retryFirst, retryMost = 100 * time.Millisecond, 2 * time.Second

	// retryOutput is how far apart attempts to open an output are at most, and tellAfter from when on the
	// state says that it cannot be: it may have just gone, and another one is found at once.
	retryOutput = 500 * time.Millisecond
	tellAfter   = 2 * retryFirst
)

// Speaker is the virtual output. Run is called once; all other methods may be called from anywhere.
type Speaker struct {
	o      Options
	wanted atomic.Pointer[Settings]
	wake   chan struct{} // one token: other settings

	mu  sync.Mutex // of now
	now Status
	mov atomic.Pointer[mover] // that moves sound, or did last
	sum counts                // of movers before it; Run's goroutine writes it, with mu held
}

// counts add up over movers.
type counts struct{ hops, missed, dropped, underruns, restarts uint64 }

// New returns a speaker that is off until Set says otherwise.
func New(o Options) *Speaker {
	if o.Changed == nil {
		o.Changed = func() {}
	}
	s := &Speaker{o: o, wake: make(chan struct{}, 1), now: Status{State: Off, Apps: []string{}}}
	s.wanted.Store(&Settings{Strength: strength.Gentle})
	return s
}

// Set changes the settings; it does not wait.
func (s *Speaker) Set(to Settings) {
	if *s.wanted.Swap(&to) == to {
		return
	}
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Status returns what is known now.
func (s *Speaker) Status() Status {
	s.mu.Lock()
	st, sum := s.now, s.sum
	s.mu.Unlock()
	st.Hops, st.Missed, st.Dropped, st.Underruns, st.Restarts = sum.hops, sum.missed, sum.dropped, sum.underruns, sum.restarts
	if m := s.mov.Load(); m != nil && st.State == Running {
		f := &m.cleaner.figures
		st.Music, st.Passing = f.music.Load(), f.passing.Load()
		st.RemovedDB = float64(math.Float32frombits(f.removed.Load()))
		st.DelayMS = m.delayMS()
		m.add(&st)
	}
	return st
}

// set moves to a state.
func (s *Speaker) set(to State, reason string) {
	s.mu.Lock()
	was := s.now
	s.now.State, s.now.Reason = to, reason
	if to != Running {
		s.now.Apps = []string{}
	}
	s.mu.Unlock()
	if was.State == to && was.Reason == reason {
		return
	}
	s.o.Log.Info("speaker", zap.String("state", string(to)), zap.String("reason", reason))
	s.o.Changed()
}

// Run keeps the virtual output while it is wanted, until ctx ends.
func (s *Speaker) Run(ctx context.Context) {
	opener, possible := s.o.Opener.(audioio.SpeakerOpener)
	retry := retryFirst
	for ctx.Err() == nil {
		switch {
		case !s.wanted.Load().On:
			s.set(Off, "")
		case !possible:
			s.set(Impossible, "the audio system has no virtual outputs")
		default:
			began := time.Now()
			err := s.serve(ctx, opener)
			if err == nil {
				continue // it is no longer wanted
			}
			if time.Since(began) > retryMost {
				retry = retryFirst
			}
			if errors.Is(err, audioio.ErrNoCable) {
				s.set(Impossible, err.Error())
				break
			}
			s.set(Waiting, err.Error())
			select {
			case <-ctx.Done():
			case <-s.wake:
			case <-time.After(retry):
			}
			retry = min(2*retry, retryMost)
			continue
		}
		select {
		case <-ctx.Done():
		case <-s.wake:
		}
	}
	s.set(Off, "")
}

// serve publishes the virtual output until it is not wanted any more, or something fails.
func (s *Speaker) serve(ctx context.Context, opener audioio.SpeakerOpener) (err error) {
	sp, err := opener.OpenSpeaker(ctx)
	if err != nil {
		return err
	}
	v := &service{s: s, sp: sp}
	defer func() {
		if r := recover(); r != nil { // the microphone is to go on
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
			s.o.Log.Error("the speaker failed", zap.Error(err))
		}
		v.stop()
		if cerr := sp.Close(); cerr != nil && err == nil {
			s.o.Log.Warn("the speaker is not removed", zap.Error(cerr))
		}
	}()
	for {
		if ctx.Err() != nil || !s.wanted.Load().On {
			return nil
		}
		if err := v.look(); err != nil {
			return err
		}
		if !v.wait(ctx) {
			return nil
		}
	}
}
