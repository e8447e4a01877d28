package echo

import "github.com/stillmic/stillmic/dsp"

// edges are the bins where bands begin and end: 50 to 100 Hz wide at first, then a third of an octave.
var edges = [...]int{1, 3, 5, 7, 9, 11, 13, 16, 20, 25, 31, 39, 49, 61, 77, 96, 120, 150, 190, 240, 300, 380, dsp.Bins}

const bands = len(edges) - 1

const (
	// residualMemory smooths powers over two hops: a near voice that begins must be seen at once.
	residualMemory = 0.5

	// coherenceMemory smooths cross-spectra over 50 ms.
	coherenceMemory = 1 - 1.0/5

	// leakFirst is what part of the echo is expected to be left before anything is known, -10 dB;
	// leakMost is where the filter has not found the echo at all, -6 dB.
	leakFirst, leakMost = 0.1, 0.25

	// leakMemory smooths what is left over 0.5 s of far end alone. leakRise lets it grow by 3 dB in
	// a second where there is more for long, though the microphone holds nearly only echo.
	leakMemory, leakRise = 1 - 1.0/50, 1.007

	// explainedAlone is what part of the microphone the echo has to explain for the far end to be
	// alone.
	explainedAlone = 0.7

	// What is left may be by 6 dB more than its mean, the background by 3 dB, and still not be a voice.
	leakSpread, noiseSpread = 4, 2

	// explainedWell is the same for leakRise.
	explainedWell = 0.9

	// excessNear is which part of what is left no echo may explain, or a near voice is there.
	excessNear = 0.25

	// A near voice is only looked for where what is left lies less than 25 dB below the loudest of
	// the last seconds; that falls by 10 dB in a second.
	audiblePart, peakFalls = 0.003, 0.977

	// nearHops is for how long a near voice is taken to go on.
	nearHops = 15

	// noiseRise lets the background noise grow by 1.5 dB in a second.
	noiseRise = 1.0035

	// lowest is how far residual echo is lowered, 20 dB; closing how fast, 4 dB a hop.
	lowest, closing = 0.1, 0.63
)

// residual lowers what the filters leave of the echo, band by band, while no near voice is
// heard. In double talk it does nothing.
type residual struct {
	mic, echo, left dsp.Analyzer
	d, y, e         [dsp.Bins]complex64 // spectra of the three
	dd, yy          [dsp.Bins]float32   // powers of microphone and echo, smoothed
	dy              [dsp.Bins]complex64 // and their cross-spectrum
	echoes, rest    [bands]float32      // powers of what was taken off and of what is left
	noise, leak     [bands]float32      // power of the background; what part of the echo is left
	gain            [bands]float32
	near            int // hops for which a near voice goes on
	started         bool

	loudness, peak float32 // of the microphone, and the largest of late
	shaper         shaper
}

func (r *residual) reset() {
	*r = residual{}
	for b := range r.leak {
		r.leak[b], r.gain[b] = leakFirst, 1
	}
	r.shaper.reset()
}

// process lowers the residual echo in hop, where mic is the microphone and echo what was taken off it.
func (r *residual) process(t *work, hop, mic, echo []float32) {
	r.mic.Analyze(r.d[:], mic)
	r.echo.Analyze(r.y[:], echo)
	r.left.Analyze(r.e[:], hop)
	explained := r.coherence()
	r.powers()
	r.judge(explained)
	r.setGains()
	r.shaper.process(t, hop, &r.gain)
}

// coherence returns what part of the microphone the echo explains.
func (r *residual) coherence() float32 {
	var explained, all, now float32
	for k := range r.d {
		d, y := r.d[k], r.y[k]
		const m = coherenceMemory
		r.dd[k] = m*r.dd[k] + (1-m)*square(d)
		r.yy[k] = m*r.yy[k] + (1-m)*square(y)
		r.dy[k] = approach(r.dy[k], cross(d, y), 1-m)
		all += r.dd[k]
		now += square(d)
		if r.yy[k] > leastVariance {
			explained += square(r.dy[k]) / r.yy[k]
		}
	}
	r.loudness = now
	return explained / max(all, leastVariance)
}

// powers smooths what is in the bands.
func (r *residual) powers() {
	for b := range r.rest {
		var y, e float32
		for k := edges[b]; k < edges[b+1]; k++ {
			y += square(r.y[k])
			e += square(r.e[k])
		}
		r.echoes[b] += (1 - residualMemory) * (y - r.echoes[b])
		r.rest[b] += (1 - residualMemory) * (e - r.rest[b])
		if !r.started || r.rest[b] < r.noise[b] {
			r.noise[b] = r.rest[b]
		} else {
			r.noise[b] = r.noise[b]*noiseRise + leastVariance
		}
	}
	r.started = true
}

// judge decides whether there is a near voice, and learns what is left of the echo where there is none.
func (r *residual) judge(explained float32) {
	var excess, all float32
	for b := range r.rest {
		excess += max(r.rest[b]-leakSpread*r.leak[b]*r.echoes[b]-noiseSpread*r.noise[b], 0)
		all += r.rest[b]
	}
	r.peak = max(r.peak*peakFalls, r.loudness)
	audible := all > audiblePart*r.peak
	if excess > excessNear*all || audible && explained < explainedAlone {
		r.near = nearHops
	} else if r.near > 0 {
		r.near--
	}
	r.learn(explained)
}

// learn follows what part of the echo is left in each band.
func (r *residual) learn(explained float32) {
	for b := range r.leak {
		if r.echoes[b] < 4*r.noise[b] {
			continue
		}
		is := r.rest[b] / max(r.echoes[b], leastVariance)
		switch {
		case r.near == 0:
			r.leak[b] += (1 - leakMemory) * (min(is, leakMost) - r.leak[b])
		case is > r.leak[b] && explained > explainedWell:
			r.leak[b] = min(r.leak[b]*leakRise, leakMost)
		}
	}
}

// setGains moves the gains to where they should be.
func (r *residual) setGains() {
	for b := range r.gain {
		if r.near > 0 {
			r.gain[b] = 1
			continue
		}
		g := float32(1)
		if echo := 2 * leakSpread * r.leak[b] * r.echoes[b]; echo > 0 {
			g = max(1-echo/max(r.rest[b], leastVariance), 0)
		}
		r.gain[b] = max(lowest, g, r.gain[b]*closing)
	}
}
