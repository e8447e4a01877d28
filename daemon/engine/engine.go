package engine

import (
	"sync/atomic"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/strength"
	"github.com/stillmic/stillmic/dsp"
)

// Processor is the suppressor as the engine uses it; *model.Suppressor is one.
type Processor interface {
	// Process takes 480 samples and gives 480 back. It must not allocate.
	Process(dst, src []float32)
	// Delay is by how many samples what Process gives lies behind what it takes: whole
	// blocks, three at most. It does not change.
	Delay() int
	// SetAttenuationLimit sets the strength in dB; 100 is without limit.
	SetAttenuationLimit(dB float32)
	// SpeechProbability returns how likely the last hop holds speech, 0 to 1.
	SpeechProbability() float32
	// Reset forgets what was heard.
	Reset()
}

const (
	// hopTime is how long one hop may take before it is late.
	hopTime = 10 * time.Millisecond
)

// Engine moves audio from a source through the suppressor to a sink, one hop
// of 10 ms at a time. Hop and Run belong to one goroutine, which allocates,
// locks, waits and logs nothing but in ReadBlock and WriteBlock; all other
// methods may be called from anywhere.
type Engine struct {
	proc      Processor   // the one in use, the audio goroutine's like all that follow
	main      Processor   // the model's
	leaving   Processor   // is heard for one more hop, nil for none
	fallbacks []Processor // smaller ones, for machines that are too slow, best first
	late      int         // hops by which leaving hears the microphone later than it could
	last      audioio.Block
	in, out   audioio.Block
	raw       history // what came in
	heard     history // the same as the processors are to hear it
	dry       audioio.Block
	delayed   int // hops by which dry lay behind at the last hop
	wet       fader
	limit     float32 // the strength
	told      float32 // the limit that proc was told last
	state     state
	stale     bool // proc rested, what it remembers is of another time
	ending    bool // proc is to rest, and fades out over this hop
	load      overload
	focus     focusStage
	post      postStage
	meter     meter
	latency   latency
	conceal   bool // the next block follows a gap
	lost      uint64
	trouble   audioio.SinkStats // of the sink, as seen last

	strength atomicFloat
	bypass   atomic.Bool
	fresh    atomic.Pointer[ladder] // takes the place of the present one at the next hop
	faults   chan Fault

	counts  counts
	broken  atomic.Bool
	level   atomic.Int32 // see Level
	best    atomic.Int32 // see SetBest
	slow    atomic.Bool
	passing atomic.Bool
	delay   atomic.Int32 // of the stream by its processors, in hops
}

// state is what panics have left of the way of a hop.
type state int

const (
	intact      state = iota
	noProcessor       // the processor is not called until another takes its place
	passOnly          // nothing but pass is called until then
)

// counts is what an engine counts; see Stats.
type counts struct {
	hopTimes                                 Histogram
	hops, missed, xruns, underruns, overruns atomic.Uint64
}

// New returns an engine around p at the given strength.
func New(p Processor, s strength.Limit) *Engine {
	e := &Engine{proc: p, main: p, limit: float32(s), told: float32(s), faults: make(chan Fault, 1)}
	e.wet.jump(1)
	e.post.open.jump(1)
	e.strength.set(float32(s))
	p.SetAttenuationLimit(float32(s))
	e.latency.reset()
	e.settleDelay()
	e.delayed = int(e.delay.Load())
	return e
}

// SetStrength takes effect with the next hop, ramped so that nothing clicks.
func (e *Engine) SetStrength(s strength.Limit) { e.strength.set(float32(s)) }

// Strength returns what SetStrength set.
func (e *Engine) Strength() strength.Limit { return strength.Limit(e.strength.get()) }

// SetBypass passes the microphone on unchanged, with the same delay.
func (e *Engine) SetBypass(on bool) { e.bypass.Store(on) }

// Bypass returns what SetBypass set.
func (e *Engine) Bypass() bool { return e.bypass.Load() }

// Replace swaps the processor within the next hop, after a fault or for another
// model. The old one is not used after that.
func (e *Engine) Replace(p Processor) { e.fresh.Store(&ladder{main: p, keep: true}) }

// Replacing reports whether the audio has not come to what Replace or ReplaceAll has set.
func (e *Engine) Replacing() bool { return e.fresh.Load() != nil }

// ReplaceAll is Replace for the processor and its fallbacks, best first.
func (e *Engine) ReplaceAll(p Processor, fallbacks ...Processor) {
	e.fresh.Store(&ladder{main: p, fallbacks: fallbacks})
}

// Faults delivers panics; one waits at most, others are left out meanwhile.
func (e *Engine) Faults() <-chan Fault { return e.faults }

// Broken reports whether the processor, or what is around it, panicked, and the processor
// was not replaced yet.
func (e *Engine) Broken() bool { return e.broken.Load() }

// Hop makes one hop of output of one hop of input.
func (e *Engine) Hop(out, in *audioio.Block) {
	e.settings()
	e.raw.push(in)
	use := e.state == intact && (!e.load.passing() || e.ending)
	speech, gain := float32(1), float32(1)
	voice := speech // how likely the hop holds a voice that is wanted
	if use {
		e.heard.push(e.prepare(in))
		speech, use = e.process(out)
	} else {
		e.heard.push(in)
	}
	if use {
		voice, speech = e.keepVoice(out, speech)
		e.postProcess(out, voice)
	}
	e.unprocessed()
	if use {
		e.meter.hear(&e.dry, voice)
	}
	if !use {
		*out = e.dry
		e.wet.jump(0)
		e.focus.rest()
	}
	// A strength of 0 leaves the microphone unchanged, so nothing else changes it either.
	e.wet.to(use && !e.ending && !e.bypass.Load() && e.limit > 0)
	e.ending = false
	e.wet.mix(out, &e.dry)
	if e.wet.now == 1 {
		gain = e.post.gain()
	}
	e.meter.update(&e.dry, out, speech, gain)
	e.post.gate(out)
	e.show(&e.dry, out, speech, gain)
}

// settings takes over what others have set.
func (e *Engine) settings() {
	if p := e.fresh.Load(); p != nil && e.fresh.CompareAndSwap(p, nil) {
		if e.state == intact && (!e.load.passing() || e.ending) {
			e.leave()
		}
		e.ending = false
		e.useLadder(*p)
		e.proc, e.state, e.stale = p.main, intact, true
		e.proc.SetAttenuationLimit(e.told)
		e.broken.Store(false)
	}
	if e.state != intact {
		return
	}
	e.limit = e.strength.get()
	if l := dsp.LimitBefore(e.post.gain(), e.limit); l != e.told {
		e.told = l
		e.proc.SetAttenuationLimit(l)
	}
}

// process runs the processor and returns the probability of speech, 1 if it failed; a
// panic ends its use, not the call somebody is in.
func (e *Engine) process(out *audioio.Block) (speech float32, ok bool) {
	defer func() {
		if v := recover(); v != nil {
			speech, ok = 1, false
			e.state = noProcessor
			e.leaving = nil // it may be what failed
			e.broken.Store(true)
			e.Report(Suppressor, v)
		}
	}()
	stale := e.stale
	if e.stale = false; stale {
		e.proc.Reset()
	}
	switch {
	case e.leaving != nil:
		e.handOver(out)
	case stale:
		e.focus.rest() // what it has is of another processor, perhaps of another delay
		e.runIn(out)
	default:
		e.proc.Process(out[:], e.heard.ago(e.lag(e.proc))[:])
	}
	return e.proc.SpeechProbability(), true
}

// leave has the processor be heard for a hop more. One that nobody has heard yet leaves that to the one before it.
func (e *Engine) leave() {
	if !e.stale {
		e.leaving, e.late = e.proc, e.lag(e.proc)
	}
}

// handOver goes to another processor, which is faded in over this hop.
func (e *Engine) handOver(out *audioio.Block) {
	e.leaving.Process(e.last[:], e.heard.ago(e.late)[:])
	e.leaving = nil
	e.runIn(out)
	crossfade(out, &e.last)
}
