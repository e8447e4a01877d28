// Package farend keeps the echo of loudspeakers out of the microphone: it listens to what the
// default output plays and has a canceller take that off each hop.
//
// Three sides meet in a [Canceller]: the engine's goroutine, by Process; the server's, which hears
// the output, over a ring without locks; and Keep's, which opens and closes that.
package farend

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/dsp/echo"
)

// Mode says when echo is cancelled.
type Mode string

// The modes.
const (
	Auto Mode = "auto" // while loudspeakers play and nobody else does it
	On   Mode = "on"   // whatever plays
	Off  Mode = "off"
)

// Modes lists them.
var Modes = []Mode{Auto, On, Off}

// UnmarshalText implements encoding.TextUnmarshaler, for TOML and JSON.
func (m *Mode) UnmarshalText(text []byte) error {
	if v := Mode(text); slices.Contains(Modes, v) {
		*m = v
		return nil
	}
	return fmt.Errorf("invalid echo mode %q: use auto, on or off", text)
}

// State is what the canceller does.
type State string

// The states.
const (
	Unused     State = "off"                  // by choice, or nobody records
	Impossible State = "not possible"         // the audio system cannot be heard playing
	NoOutput   State = "no output"            // nothing to play through
	Headphones State = "headphones"           // of which a microphone hears nothing
	Elsewhere  State = "cancelled by another" // the microphone comes without echo already
	Waiting    State = "waiting"              // nothing is played
	Working    State = "working"
)

const (
	// room is how much of the reference may wait for the engine, in samples: 0.3 s.
	room = 16384

	// retry is when an output is listened to again after that has failed.
	retry = time.Second

	// told is how often the engine says what it has found, in hops: 0.1 s.
	told = 10
)

// Status is what is known of the echo.
type Status struct {
	State   State
	Output  string  // description of the output, "" for none
	Delay   float64 // by how much the echo is later than its reference, ms; 0 until it is known
	Drift   float64 // of the microphone's clock against the output's, parts per million
	Removed float64 // by how much the filters lower the microphone now, dB
}

// Canceller takes the echo off a microphone.
type Canceller struct {
	log    *zap.Logger
	ring   *dsp.Ring
	mode   atomic.Pointer[Mode]
	wanted chan struct{} // one token: another mode
	kept   sync.Mutex    // held by Keep

	output  atomic.Pointer[audioio.Output]
	why     atomic.Pointer[State] // why it does not work, nil: it does
	outputs atomic.Uint64         // how many there were
	use     atomic.Bool

	// The engine's goroutine alone uses these.
	canceller *echo.Canceller
	in        [4 * dsp.Hop]float32
	plain     [dsp.Hop]float32
	used      bool
	seen      uint64
	hops      int

	active                atomic.Bool
	delay, drift, removed atomic.Uint64 // bits of float64
}

// New returns a canceller that is off until Keep is called.
func New(log *zap.Logger) *Canceller {
	c := &Canceller{log: log, ring: dsp.NewRing(room), wanted: make(chan struct{}, 1), canceller: echo.New()}
	auto := Auto
	c.mode.Store(&auto)
	c.rest(Unused)
	return c
}

// SetMode changes when echo is cancelled.
func (c *Canceller) SetMode(m Mode) {
	if *c.mode.Swap(&m) == m {
		return
	}
	select {
	case c.wanted <- struct{}{}:
	default:
	}
}

// Process takes the echo off a hop, in place. It belongs to the engine.
func (c *Canceller) Process(hop *audioio.Block) {
	if n := c.outputs.Load(); n != c.seen {
		c.seen = n
		c.ring.Discard(c.ring.Len()) // from before anybody listened
		c.canceller.Resume()
	}
	for c.ring.Len() > 0 {
		n := c.ring.Read(c.in[:])
		c.canceller.Play(c.in[:n])
	}
	use := c.use.Load()
	if !use && !c.used {
		return
	}
	c.plain = *hop
	c.canceller.Process(hop[:], hop[:])
	if use != c.used { // a change takes the hop to be made
		from, to := &c.plain, (*[dsp.Hop]float32)(hop)
		if !use {
			from, to = to, from
		}
		for i := range hop {
			hop[i] = from[i] + (to[i]-from[i])*(float32(i+1)/dsp.Hop)
		}
		c.used = use
	}
	if c.hops++; c.hops%told == 0 {
		c.tell()
	}
}

// tell lets others see what has been found.
func (c *Canceller) tell() {
	s := c.canceller.State()
	c.active.Store(s.Active)
	c.delay.Store(math.Float64bits(s.Delay))
	c.drift.Store(math.Float64bits(s.Drift))
	c.removed.Store(math.Float64bits(s.Removed))
}

// Status returns what is known now.
func (c *Canceller) Status() Status {
	s := Status{State: Waiting}
	if o := c.output.Load(); o != nil {
		s.Output = o.Description
	}
	if why := c.why.Load(); why != nil {
		s.State = *why
		return s
	}
	s.Drift, s.Delay = math.Float64frombits(c.drift.Load()), math.Float64frombits(c.delay.Load())
	if c.active.Load() {
		s.State, s.Removed = Working, math.Float64frombits(c.removed.Load())
	}
	return s
}

// rest has the microphone pass.
func (c *Canceller) rest(why State) {
	c.use.Store(false)
	c.why.Store(&why)
}

// Keep listens to the output of a server while one of its microphones is recorded, until ctx ends.
// server is what the audio system offers; one that is no audioio.ReferenceOpener cannot be heard.
func (c *Canceller) Keep(ctx context.Context, server any, microphone string) {
	c.kept.Lock() // the one before may take a moment to leave
	defer c.kept.Unlock()
	defer c.rest(Unused)
	opener, ok := server.(audioio.ReferenceOpener)
	if !ok {
		c.rest(Impossible)
		return
	}
	for ctx.Err() == nil {
		c.listen(ctx, opener, microphone)
	}
}

// listen listens until the mode changes, ctx ends or the output cannot be heard any more.
func (c *Canceller) listen(ctx context.Context, server audioio.ReferenceOpener, microphone string) {
	select {
	case <-c.wanted: // before the mode is read: it is the one that is read
	default:
	}
	mode := *c.mode.Load()
	if mode == Off {
		c.rest(Unused)
		c.wait(ctx, nil, nil)
		return
	}
	if elsewhere, err := server.EchoCancelled(microphone); err == nil && elsewhere && mode == Auto {
		c.rest(Elsewhere)
		c.wait(ctx, nil, nil)
		return
	}
	c.output.Store(nil) // what is heard from now on is another stream, of whatever output
	r, err := server.OpenReference(c.heard, func(o audioio.Output) { c.changed(o, mode) })
	if err != nil {
		c.rest(NoOutput)
		if !errors.Is(err, audioio.ErrServerGone) {
			c.log.Debug("the output cannot be heard", zap.Error(err))
		}
		c.wait(ctx, nil, time.After(retry))
		return
	}
	c.wait(ctx, r.Done(), nil)
	if err := r.Close(); err != nil {
		c.log.Debug("the output is not left", zap.Error(err))
	}
	select {
	case <-r.Done(): // a server that ends, ends more
		c.wait(ctx, nil, time.After(retry))
	default:
	}
}

// wait waits for the end of ctx, another mode, or one of the two.
func (c *Canceller) wait(ctx context.Context, done <-chan struct{}, after <-chan time.Time) {
	select {
	case <-ctx.Done():
	case <-c.wanted:
	case <-done:
	case <-after:
	}
}

// heard takes what the output plays; the server's goroutine calls it. What the engine does not
// take, since it does not run, is dropped.
func (c *Canceller) heard(samples []float32) { c.ring.Write(samples) }

// changed takes another output; the server's goroutine calls it.
func (c *Canceller) changed(o audioio.Output, m Mode) {
	before := c.output.Load()
	c.output.Store(&o)
	if before == nil || before.Name != o.Name {
		c.outputs.Add(1)
	}
	switch {
	case o.Name == "":
		c.rest(NoOutput)
	case o.Headphones && m == Auto:
		c.rest(Headphones)
	default:
		c.why.Store(nil)
		c.use.Store(true)
	}
	c.log.Info("loudspeakers", zap.String("description", o.Description), zap.String("echo_cancelling", string(c.Status().State)))
}
