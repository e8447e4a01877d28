package demo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pulse"
	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/daemon/priority"
)

// Endurance is what a long run found: whether the delay grows, and whether
// anything is missing.
type Endurance struct {
	Server    string  `json:"server"`
	Seconds   float64 `json:"seconds"`
	FirstMS   float64 `json:"latency_first_ms"` // added latency, median of the first 10 s
	LastMS    float64 `json:"latency_last_ms"`  // and of the last
	WorstMS   float64 `json:"latency_worst_ms"` // of both
	Clicks    int     `json:"clicks"`           // gaps and jumps in the virtual microphone
	MicClicks int     `json:"mic_clicks"`       // and in the microphone itself

	Stalls string `json:"stalls"` // of the machine meanwhile

	// Unexplained are the clicks in the virtual microphone that follow upon no
	// stall of the machine and have none beside them in the microphone.
	Unexplained int `json:"unexplained_clicks"`
}

const (
	// noiseSpan is how long noise is played at both ends, to measure the delay
	// by; a tone is between them, in which a click shows. The player may be
	// up to 3 s late: an idle null sink takes 2 s to wake.
	noiseSpan = 14 * audioio.SampleRate
	toneFreq  = 440.0
	tonePeak  = 0.3

	// clickTolerance is what a steady tone may be off its line, of its peak.
	clickTolerance = 0.02
)

// Endure runs the daemon for a time with the strength off, so that what comes
// out is what went in and every fault can be told from suppression.
func Endure(ctx context.Context, o Options) (r Endurance, err error) {
	total := int(o.Length.Seconds() * audioio.SampleRate)
	if total < 3*noiseSpan {
		return r, fmt.Errorf("a run of %v is %w: %d s at least", o.Length, ErrShort, 3*noiseSpan/audioio.SampleRate)
	}
	priority.Raise() // what measures must not be what is late
	stage, err := NewStage(o.Kind, o.Exe, o.Log, append([]string{"--strength", "off"}, o.Args...)...)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, stage.Close()) }()
	const lead = 3 * audioio.SampleRate // the player starts, the graph settles
	stop := stage.play(ctx, testSignal(lead+noiseSpan, total-2*noiseSpan))
	select {
	case <-time.After(lead * time.Second / audioio.SampleRate):
	case <-ctx.Done():
		return r, errors.Join(ctx.Err(), stop())
	}
	watch := soundserver.WatchStalls(5 * time.Millisecond)
	rec, err := stage.RecordAll(ctx, o.Length, soundserver.FakeMic, pulse.MicName)
	stalls := watch.Stop()
	r.Stalls = stalls.String()
	if err = errors.Join(err, stop(), priority.Restore()); err != nil {
		return r, err
	}
	r.Server, r.Seconds = string(o.Kind), o.Length.Seconds()
	first, last := Lags(rec[0], rec[1], 0, 10), Lags(rec[0], rec[1], o.Length-11*time.Second, 10)
	if len(first) == 0 || len(last) == 0 {
		return r, errors.New("too little was recorded to measure the delay")
	}
	r.FirstMS, r.LastMS = median(first), median(last)
	r.WorstMS = max(slices.Max(first), slices.Max(last))
	from, to := noiseSpan+3*audioio.SampleRate, total-noiseSpan-audioio.SampleRate
	mic, out := clicks(rec[0], from, to), clicks(rec[1], from, to)
	r.MicClicks, r.Clicks, r.Unexplained = len(mic), len(out), unexplained(out, mic, stalls)
	return r, err
}

// clicks returns when those between two samples of a recording arrived.
func clicks(r soundserver.Recording, from, to int) []time.Time {
	var at []time.Time
	packets := r.Packets
	for _, n := range soundserver.Clicks(r.Samples[from:to], toneFreq, tonePeak, clickTolerance) {
		for len(packets) > 1 && from+n >= packets[0].Start+packets[0].Len {
			packets = packets[1:]
		}
		at = append(at, packets[0].At)
	}
	return at
}

// unexplained counts what neither the machine nor the microphone is to blame for.
func unexplained(out, mic []time.Time, stalls soundserver.Stalls) (n int) {
	for _, at := range out {
		near := func(other time.Time) bool { return at.Sub(other).Abs() < soundserver.Blame }
		if !stalls.Explain(at) && !slices.ContainsFunc(mic, near) {
			n++
		}
	}
	return n
}

// testSignal plays noise, then a tone, then noise for ever.
func testSignal(noise, tone int) func([]float32) int {
	n := soundserver.Noise(5*audioio.SampleRate, tonePeak, 7)
	t := soundserver.Sine(audioio.SampleRate, toneFreq, tonePeak) // whole periods
	pos := 0
	return func(p []float32) int {
		for i := range p {
			if pos < noise || pos >= noise+tone {
				p[i] = n[pos%len(n)]
			} else {
				p[i] = t[(pos-noise)%len(t)]
			}
			pos++
		}
		return len(p)
	}
}
