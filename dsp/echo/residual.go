package echo

import (
	"math"

	"github.com/stillmic/stillmic/dsp"
)

// edges are the bins where bands begin and end: 50 to 100 Hz wide at first, then a third of an octave.
var edges = [...]int{1, 3, 5, 7, 9, 11, 13, 16, 20, 25, 31, 39, 49, 61, 77, 96, 120, 150, 190, 240, 300, 380, dsp.Bins}

const bands = len(edges) - 1

const (
	// residualMemory smooths powers over two hops: a near voice that begins must be seen at once.
	residualMemory = 0.5

	// coherenceMemory smooths cross-spectra over 50 ms.
	coherenceMemory = 1 - 1.0/5

	// The background is the least of what is left, smoothed over steadyMemory, 0.1 s; that is about 3 dB below
	// its mean, by noiseBias. It may grow by noiseRise, 5 dB in a second, and is what is left in the first hops.
	steadyMemory, noiseBias, noiseRise, noiseFirst = 1 - 1.0/10, 2, 1.0116, 10

	// leakFirst is what part of the echo is expected to be left before anything is known, -13 dB;
	// leakMost is the largest, -3 dB. It is smoothed over 0.5 s of far end alone.
	leakFirst, leakMost, leakMemory = 0.05, 0.5, 1 - 1.0/50

	// What is left may be by so much more than its mean, 2 dB.
	leakSpread = 1.5

	// lowestNear is how far what is left is lowered beside a near voice, 10 dB.
	lowestNear = 0.3

	// While the far end is alone what is left goes 15 dB below the background: at its level it still has the
	// shape of a voice, and the suppressor of noise takes the noise off that. lowest is the most, 50 dB, and
	// closing how fast, 16 dB a hop.
	belowNoise, lowest, closing = 0.03, 0.003, 0.15
)

// residual lowers what the filters leave of the echo, band by band: out of hearing while no near voice is heard, and
// beside one by as much as the echo is expected to have left.
type residual struct {
	mic, echo, left dsp.Analyzer
	d, y, e         [dsp.Bins]complex64 // spectra of the three
	dd, yy          [dsp.Bins]float32   // powers of microphone and echo, smoothed
	dy              [dsp.Bins]complex64 // and their cross-spectrum
	all             [bands]float32      // power of the microphone, smoothed
	echoes, rest    [bands]float32      // the same of what was taken off and of what is left
	steady, noise   [bands]float32      // what is left, smoothed for longer, and its background
	leak            [bands]float32      // what part of the echo is left
	gain            [bands]float32
	hops            int // worked on
	near            near
	shaper          shaper
	comfort         comfort
}

func (r *residual) reset() {
	*r = residual{}
	for b := range r.gain {
		r.gain[b], r.leak[b] = 1, leakFirst
	}
	r.near.reset()
	r.shaper.reset()
	r.comfort.reset()
}

// resume forgets what holds for one loudspeaker alone.
func (r *residual) resume() {
	r.near.resume()
	for b := range r.leak {
		r.leak[b] = leakFirst
	}
}

// process lowers the residual echo in hop, where mic is the microphone, echo what was taken off it and
// far the spectrum of what is played.
func (r *residual) process(hop, mic, echo []float32, far *row) {
	r.mic.Analyze(r.d[:], mic)
	r.echo.Analyze(r.y[:], echo)
	r.left.Analyze(r.e[:], hop)
	explained := r.coherence()
	r.near.hear(far)
	r.powers()
	near := r.near.judge(explained, &r.all, &r.noise)
	r.learn(near, explained)
	r.setGains(near)
	r.shaper.process(hop, &r.gain)
	r.comfort.fill(hop, &r.gain, &r.rest, &r.noise)
}

// coherence returns what part of the microphone the echo explains.
func (r *residual) coherence() float32 {
	var explained, all float32
	for k := range r.d {
		d, y := r.d[k], r.y[k]
		const m = coherenceMemory
		r.dd[k] = m*r.dd[k] + (1-m)*square(d)
		r.yy[k] = m*r.yy[k] + (1-m)*square(y)
		r.dy[k] = approach(r.dy[k], cross(d, y), 1-m)
		all += r.dd[k]
		if r.yy[k] > leastVariance {
			explained += square(r.dy[k]) / r.yy[k]
		}
	}
	return explained / max(all, leastVariance)
}

// powers smooths what is in the bands. The background is the least that is left; it grows only where the far
// end does not keep it from being heard.
func (r *residual) powers() {
	for b := range r.rest {
		var d, y, e float32
		for k := edges[b]; k < edges[b+1]; k++ {
			d += square(r.d[k])
			y += square(r.y[k])
			e += square(r.e[k])
		}
		r.all[b] += (1 - residualMemory) * (d - r.all[b])
		r.echoes[b] += (1 - residualMemory) * (y - r.echoes[b])
		r.rest[b] += (1 - residualMemory) * (e - r.rest[b])
		if r.hops == 0 {
			r.steady[b] = e
		}
		r.steady[b] += (1 - steadyMemory) * (e - r.steady[b])
		switch {
		case r.hops < noiseFirst || noiseBias*r.steady[b] < r.noise[b]:
			r.noise[b] = noiseBias * r.steady[b]
		case r.near.expected(b) < r.noise[b]:
			r.noise[b] = r.noise[b]*noiseRise + leastVariance
		}
	}
	r.hops++
}

// setGains moves the gains to where they should be, where a near voice is there, not (0), or may be (up to 1).
// Beside one they are Wiener's: the part of what is left that is not echo.
func (r *residual) setGains(near float32) {
	for b := range r.gain {
		g := float32(1)
		if echo := leakSpread * r.leak[b] * r.echoes[b]; echo > r.noise[b] && r.rest[b] < r.all[b] {
			g = float32(math.Sqrt(float64(max(1-echo/max(r.rest[b], leastVariance), lowestNear*lowestNear))))
		}
		if under := belowNoise * r.noise[b]; near < 1 && under < r.rest[b] {
			g = min(g, float32(math.Pow(float64(under/r.rest[b]), float64(1-near)/2)))
		}
		r.gain[b] = max(lowest, g, r.gain[b]*closing)
	}
}

// learn follows what part of the echo the filters leave, where there is no near voice.
func (r *residual) learn(near, explained float32) {
	if near > 0.5 || 1-explained > unrelated {
		return
	}
	for b := range r.leak {
		if r.echoes[b] > 4*r.noise[b] {
			r.leak[b] += (1 - leakMemory) * (min(r.rest[b]/r.echoes[b], leakMost) - r.leak[b])
		}
	}
}
