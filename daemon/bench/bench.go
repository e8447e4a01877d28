// Package bench measures what one hop of 10 ms costs: the real engine on
// speech-like input, on one thread.
package bench

import (
	"errors"
	"runtime"
	"slices"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/clock"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/engine"
	"github.com/stillmic/stillmic/daemon/strength"
	"github.com/stillmic/stillmic/daemon/synth"
	"github.com/stillmic/stillmic/daemon/usage"
	"github.com/stillmic/stillmic/model"
)

// Options says what to measure.
type Options struct {
	Seconds  float64   // of audio
	Started  time.Time // when the program started
	RealTime bool      // a hop every 10 ms, as in a call: between them the processor rests
	// BusyWait keeps the processor busy so long before each hop, with a loop that touches
	// no memory: what a hop then costs more, others that share its caches have done.
	BusyWait time.Duration
	Input    []float32 // fed again and again; nil: a voice with a fan
	Weights  *model.Weights
	Chain    engine.PostProcessor // what follows the suppressor, for the stages
}

// Result is what was measured. The names are those of "stillmic bench --json".
type Result struct {
	FrameUS        control.Quantiles `json:"frame_us"`
	RealTimeFactor float64           `json:"real_time_factor"` // share of one core while streaming
	Frames         int               `json:"frames"`
	AllocsPerFrame float64           `json:"allocs_per_frame"`
	MACsPerFrame   int               `json:"macs_per_frame"` // of the network's products
	Kernel         string            `json:"kernel"`
	Stages         []Stage           `json:"stages_us"`   // with the voice chain, in a run of its own
	StateBytes     int               `json:"state_bytes"` // of one stream, beside the weights
	StartMS        float64           `json:"start_ms"`    // start of the program to the first clean hop
	RSSMB          float64           `json:"rss_mb"`

	// What was asked for beside the microphone's engine.
	Speaker *Part `json:"speaker,omitempty"`
	Echo    *Part `json:"echo,omitempty"`
}

// warmUp is the number of hops before the measurement, 1 s: caches fill and
// the processor leaves its idle clock.
const warmUp = 100

// input is the length of the signal that is fed again and again.
const input = 10 * audioio.SampleRate

// Run measures.
func Run(o Options) (Result, error) {
	hops := int(o.Seconds * audioio.SampleRate / audioio.BlockSize)
	if hops < 1 {
		return Result{}, errors.New("too short: measure a second at least")
	}
	if n := len(o.Input); n%audioio.BlockSize != 0 || o.Input != nil && n == 0 {
		return Result{}, errors.New("the input must be whole blocks of 480 samples")
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	s := model.NewSuppressor(o.Weights)
	e := engine.New(s, strength.Max)
	var in, out audioio.Block
	e.Hop(&out, &in)
	r := Result{
		StartMS:      time.Since(o.Started).Seconds() * 1000,
		Frames:       hops,
		MACsPerFrame: o.Weights.MultiplyAdds(),
		Kernel:       s.Kernel(),
		StateBytes:   s.StateBytes(),
	}

	noisy := o.Input
	if noisy == nil {
		noisy = synth.Mix(synth.Voice(input, 1), synth.Fan(input, 0.05, 2), 10)
	}
	wait := func() { busy(o.BusyWait) }
	if o.RealTime {
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		wait = func() { <-tick.C }
	}
	took, allocs := measure(hops, len(noisy), wait, func(at int) {
		copy(in[:], noisy[at:at+audioio.BlockSize])
		e.Hop(&out, &in)
	})
	r.AllocsPerFrame = allocs
	r.FrameUS = quantiles(took)
	r.RealTimeFactor = mean(took) / 0.010
	r.Stages = stages(model.NewSuppressor(o.Weights), o.Chain, noisy, hops, wait)
	var err error
	r.RSSMB, err = usage.ResidentMB()
	return r, err
}

// measure returns how long each of so many hops takes, after those of the warm-up, and the allocations
// of one. hop does the one that begins at a sample of an input of so many, which comes again and again.
func measure(hops, samples int, wait func(), hop func(at int)) (took []time.Duration, allocs float64) {
	took = make([]time.Duration, hops)
	at := func(i int) int { return i * audioio.BlockSize % samples }
	for i := range warmUp {
		wait()
		hop(at(i))
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for i := range took {
		wait()
		begin := clock.Now()
		hop(at(i))
		took[i] = clock.Now() - begin
	}
	runtime.ReadMemStats(&after)
	return took, float64(after.Mallocs-before.Mallocs) / float64(hops)
}

// busy returns after d, and does not give the processor up.
func busy(d time.Duration) {
	for begin := clock.Now(); clock.Now()-begin < d; {
	}
}

func quantiles(took []time.Duration) control.Quantiles {
	s := slices.Sorted(slices.Values(took))
	at := func(q float64) float64 {
		return float64(s[min(int(q*float64(len(s))), len(s)-1)].Nanoseconds()) / 1000
	}
	return control.Quantiles{P50: at(0.5), P90: at(0.9), P99: at(0.99), P999: at(0.999), Max: at(1)}
}

func mean(took []time.Duration) float64 {
	sum := time.Duration(0)
	for _, d := range took {
		sum += d
	}
	return sum.Seconds() / float64(len(took))
}
