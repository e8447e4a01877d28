package dsp

import "math"

// Declicker takes away the clicks of lips and tongue: crackles of a millisecond
// or two that stand alone around 6 kHz. A sound that is as short and is
// followed or was preceded by others of its kind is part of speech and passes.
// It delays by DeclickDelay samples.
type Declicker struct {
	delayed [clickTaps + DeclickDelay + Hop]float32 // input, the oldest first
	energy  [clickPast + clickSteps]float64
	gains   [clickSteps + 1]float32 // of the steps that come out next, and of the one before
	pending [clickAhead + clickSteps + clickWide]float32

	inPause, inSpeech float64 // how far a click stands out, in power
	most              float32 // lowest gain
	speech            float32 // probability of the hop before
}

const (
	// DeclickDelay is the delay of a Declicker in samples: 5 ms.
	DeclickDelay = clickAhead * clickStep

	clickLag   = 4
	clickKeep  = 1000.0 // Hz; below, a voice goes on through a click
	clickTaps  = 48     // samples on each side that tell high from low
	clickStep  = 24     // samples, 0.5 ms
	clickSteps = Hop / clickStep
	clickAhead = 10 // steps looked ahead
	clickWide  = 5  // steps that a click may take, from the one before its peak
	clickPast  = 50 // steps kept from before the hop
	clickBack  = 40 // steps looked back for sounds of the same kind, 20 ms
	clickFloor = clickStep * 1e-9
)

// NewDeclicker returns a remover of clicks in pauses that stand out by 12 dB,
// lowered by 15 dB at most; a strong one also takes those within speech that
// stand out by 15 dB, and lowers by 30 dB.
func NewDeclicker(strong bool) *Declicker {
	d := &Declicker{inPause: 16, inSpeech: math.Inf(1), most: float32(Gain(-15))}
	if strong {
		d.inSpeech, d.most = 32, float32(Gain(-30))
	}
	d.Reset()
	return d
}

// Reset forgets the past.
func (d *Declicker) Reset() {
	clear(d.delayed[:])
	clear(d.energy[:])
	d.speech = 0
	for i := range d.gains {
		d.gains[i] = 1
	}
	for i := range d.pending {
		d.pending[i] = 1
	}
}

// Process takes one hop (Hop samples) and replaces it by what entered
// DeclickDelay samples before. speech is the probability that the new hop holds
// speech.
func (d *Declicker) Process(hop []float32, speech float32) {
	hop = hop[:Hop]
	copy(d.delayed[clickTaps+DeclickDelay:], hop)
	copy(d.energy[:], d.energy[clickSteps:])
	// A difference of differences over clickLag samples: a band-pass around 6
	// kHz, 12 dB per octave below, that needs no memory but the samples.
	x := d.delayed[clickTaps+DeclickDelay-2*clickLag:]
	for i := range clickSteps {
		sum := float32(0)
		for k := i * clickStep; k < (i+1)*clickStep; k++ {
			h := x[k] - 2*x[k+clickLag] + x[k+2*clickLag]
			sum += float32(h * h)
		}
		d.energy[clickPast+i] = float64(sum)
	}
	threshold := d.inPause
	if !(max(speech, d.speech) < levellerSpeech) {
		threshold = d.inSpeech
	}
	d.speech = speech
	// The newest step that can be judged is clickAhead-1 before the end.
	for i := range clickSteps {
		d.judge(i, threshold)
	}
	d.apply(hop)
}

// judge looks at the i-th of the steps whose neighbourhood the new hop has
// completed, and lowers the gains around it if it is a click.
func (d *Declicker) judge(i int, threshold float64) {
	at := clickPast + i - clickAhead + 1 // in energy
	e := d.energy[at]
	if !(e > clickFloor) || e < d.energy[at-1] || e < d.energy[at+1] {
		return
	}
	around := max(mean(d.energy[at-8:at-1]), mean(d.energy[at+4:at+clickAhead]), clickFloor/threshold)
	if e < threshold*around {
		return
	}
	// Vocal cords that beat slowly make such peaks too, one after another.
	for k := at - clickBack; k < at-6; k++ {
		if d.energy[k] > e/16 {
			return
		}
	}
	for k := -1; k < clickWide-1; k++ {
		// Down before the click begins, then as its energy asks.
		loud := d.energy[at+max(k, 0)]
		g := max(float32(math.Sqrt(around/max(loud, around))), d.most)
		p := &d.pending[i+1+k]
		*p = min(*p, g)
	}
}

// apply writes the delayed hop with its high part lowered by the gains, which
// move in straight lines from step to step.
func (d *Declicker) apply(hop []float32) {
	copy(d.gains[1:], d.pending[:clickSteps])
	copy(hop, d.delayed[clickTaps:])
	for i := range clickSteps {
		from, to := d.gains[i], d.gains[i+1]
		if from == 1 && to == 1 {
			continue
		}
		step := (to - from) / clickStep
		for k := range clickStep {
			g := to - float32(step*float32(clickStep-1-k))
			n := i*clickStep + k
			hop[n] -= float32((1 - g) * (hop[n] - d.low(n)))
		}
	}
	d.gains[0] = d.gains[clickSteps]
	copy(d.pending[:], d.pending[clickSteps:])
	for i := len(d.pending) - clickSteps; i < len(d.pending); i++ {
		d.pending[i] = 1
	}
	copy(d.delayed[:], d.delayed[Hop:])
}

// clickLow is a low-pass without a delay of its own: a sinc within a Hann window
// of 2*clickTaps+1 samples. It serves only where a click is.
var clickLow = func() (w [2*clickTaps + 1]float32) {
	sum := 0.0
	var v [len(w)]float64
	for i := range v {
		t := float64(i - clickTaps)
		v[i] = 2 * clickKeep / SampleRate
		if t != 0 {
			v[i] = math.Sin(2*math.Pi*clickKeep/SampleRate*t) / (math.Pi * t)
		}
		v[i] *= 0.5 + 0.5*math.Cos(math.Pi*t/(clickTaps+1))
		sum += v[i]
	}
	for i := range v {
		w[i] = float32(v[i] / sum)
	}
	return w
}()

// low is the part below clickKeep of the n-th sample that comes out.
func (d *Declicker) low(n int) float32 {
	sum := float32(0)
	for i, x := range d.delayed[n:][:len(clickLow)] {
		sum += float32(x * clickLow[i])
	}
	return sum
}

// mean is the average of p.
func mean(p []float64) float64 {
	sum := 0.0
	for _, v := range p {
		sum += v
	}
	return sum / float64(len(p))
}
