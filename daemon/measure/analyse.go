package measure

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/stillmic/stillmic/audioio/recording"
	"github.com/stillmic/stillmic/dsp"
)

// Analysis describes one recording.
type Analysis struct {
	Seconds    float64  `json:"seconds"`
	Rate       int      `json:"rate"`
	Channels   int      `json:"channels"`
	Integrated Decibels `json:"integrated_lufs"`     // EBU R 128
	ShortTerm  Decibels `json:"short_term_max_lufs"` // loudest 3 s
	Momentary  Decibels `json:"momentary_max_lufs"`  // loudest 400 ms
	Range      Decibels `json:"loudness_range_lu"`   // EBU Tech 3342
	TruePeak   Decibels `json:"true_peak_dbtp"`
	NoiseFloor Decibels `json:"noise_floor_dbfs"` // level of the quietest twentieth
	Speech     float64  `json:"speech_share"`     // of the time, 0 to 1
	SNR        Decibels `json:"estimated_snr_db"`
}

const (
	// block is the step of the noise floor: 100 ms at 48 kHz.
	block = dsp.SampleRate / 10

	// speechFrom and pauseBelow are probabilities: what lies between them is
	// neither for sure and decides nothing about the SNR.
	speechFrom = 0.5
	pauseBelow = 0.2
)

// analyser measures a recording: its loudness at its own rate, the rest at 48 kHz,
// block by block. It keeps 16 bytes per 100 ms: 1.2 MB for two hours.
type analyser struct {
	meter     *Meter
	proc      Listener
	channels  int
	steps     int
	momentary float64
	short     float64
	shorts    []float64 // short-term loudness, every 100 ms
	levels    []float64 // mean squares, every 100 ms
	hop       [dsp.Hop]float32
	speech    [2]tally  // pauses and speech
	waiting   []float64 // powers of hops that the listener has not answered for
	ahead     int       // how many it hears first
	hops      int
}

// tally sums the power of some hops.
type tally struct {
	power float64
	hops  int
}

func (t tally) mean() float64 { return t.power / float64(t.hops) }

// Listener tells speech from pauses: the suppressor, as far as it is needed here.
type Listener interface {
	Process(dst, src []float32)
	SpeechProbability() float32
	Delay() int // in samples: what lies beyond one hop, the listener hears before it answers
}

// Analyse measures a recording, or the standard input if path is "-". The listener hears the mean of the channels.
func Analyse(ctx context.Context, path string, l Listener) (_ Analysis, err error) {
	r, err := recording.OpenInput(ctx, path)
	if err != nil {
		return Analysis{}, fmt.Errorf("cannot measure: %w", err)
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	a := &analyser{proc: l, ahead: l.Delay()/dsp.Hop - 1, channels: r.Channels(), momentary: math.Inf(-1), short: math.Inf(-1)}
	f, err := newFeeder(r.Rate(), r.Channels(), a.block)
	if err == nil {
		a.meter, err = NewMeter(r.Format())
	}
	if err != nil {
		return Analysis{}, fmt.Errorf("cannot measure %s: %w", path, err)
	}
	a.meter.stepped = a.step
	frames := 0
	if err := each(ctx, r, path, func(p []float32) {
		frames += len(p) / r.Channels()
		a.meter.Write(p)
		f.write(p)
	}); err != nil {
		return Analysis{}, err
	}
	f.flush()
	res := a.result()
	res.Rate, res.Channels = r.Rate(), r.Channels()
	res.Seconds = float64(frames) / float64(r.Rate())
	return res, nil
}

// step takes another 100 ms of loudness.
func (a *analyser) step() {
	a.steps++
	a.momentary = max(a.momentary, a.meter.loudness.Momentary())
	a.short = max(a.short, a.meter.loudness.ShortTerm())
	if a.steps >= 30 { // 3 s are there
		a.shorts = append(a.shorts, a.meter.loudness.ShortTerm())
	}
}

// block takes 100 ms or, at the end, less.
func (a *analyser) block(p []float32) {
	mono := mix(p, a.channels)
	sum := 0.0
	for i, v := range mono {
		sum += float64(v) * float64(v)
		if at := i % dsp.Hop; at == dsp.Hop-1 {
			a.judge(mono[i-at:][:dsp.Hop])
		}
	}
	a.levels = append(a.levels, sum/float64(len(mono)))
}

// judge hands the suppressor a hop and asks whether the one that it answers for holds
// speech.
func (a *analyser) judge(hop []float32) {
	power := 0.0
	for _, v := range hop {
		power += float64(v) * float64(v)
	}
	a.proc.Process(a.hop[:], hop)
	if a.waiting = append(a.waiting, power); len(a.waiting) <= a.ahead {
		return
	}
	power = a.waiting[0]
	a.waiting = a.waiting[:copy(a.waiting, a.waiting[1:])]
	a.hops++
	switch p := a.proc.SpeechProbability(); {
	case p >= speechFrom:
		a.speech[1].power += power
		a.speech[1].hops++
	case p < pauseBelow:
		a.speech[0].power += power
		a.speech[0].hops++
	}
}

// result sums up.
func (a *analyser) result() Analysis {
	var silence [dsp.Hop]float32
	for range len(a.waiting) {
		a.judge(silence[:]) // so that the last hops are answered for
	}
	integrated, peak := a.meter.Finish()
	res := Analysis{
		Integrated: integrated,
		ShortTerm:  Decibels(a.short),
		Momentary:  Decibels(a.momentary),
		Range:      loudnessRange(a.shorts),
		TruePeak:   peak,
		NoiseFloor: noiseFloor(a.levels),
		SNR:        Unknown(),
	}
	if a.hops > 0 {
		res.Speech = float64(a.speech[1].hops) / float64(a.hops)
	}
	// A tenth of a second of each is the least to say something.
	if a.speech[0].hops >= 10 && a.speech[1].hops >= 10 {
		pause, speech := a.speech[0].mean(), a.speech[1].mean()
		res.SNR = Decibels(dsp.PowerDB(max(speech-pause, 0) / pause))
	}
	return res
}

// loudnessRange is from the 10th to the 95th percentile of the short-term
// loudness above -70 LUFS and above 20 LU below its mean: EBU Tech 3342.
func loudnessRange(shorts []float64) Decibels {
	const absolute, relative = -70, -20
	sum, n := 0.0, 0
	for _, l := range shorts {
		if l >= absolute {
			sum += math.Pow(10, l/10)
			n++
		}
	}
	if n == 0 {
		return Unknown()
	}
	gate := max(dsp.PowerDB(sum/float64(n))+relative, absolute)
	kept := slices.DeleteFunc(slices.Clone(shorts), func(l float64) bool { return l < gate })
	slices.Sort(kept)
	at := func(share float64) float64 { return kept[int(math.Round(share*float64(len(kept)-1)))] }
	return Decibels(at(0.95) - at(0.10))
}

// noiseFloor is the mean level of the quietest twentieth of the blocks, at least
// one. Digital silence is no noise and does not count, unless all is silent.
func noiseFloor(levels []float64) Decibels {
	kept := slices.DeleteFunc(slices.Clone(levels), func(p float64) bool { return p == 0 })
	if len(kept) == 0 {
		return Decibels(math.Inf(-1))
	}
	slices.Sort(kept)
	kept = kept[:max(len(kept)/20, 1)]
	sum := 0.0
	for _, p := range kept {
		sum += p
	}
	return Decibels(dsp.PowerDB(sum / float64(len(kept))))
}
