package music

import "math"

// taps of the filter before decimation: it passes 4 kHz and lowers what would be folded on that.
const taps = 32

// lowpassTaps is a sinc of 5.1 kHz within a Hann window.
var lowpassTaps = func() (w [taps]float32) {
	var x [taps]float64
	sum := 0.0
	for i := range x {
		t := math.Pi * 0.85 * (float64(i) - (taps-1)/2.0) / decimation // never 0
		x[i] = math.Sin(t) / t * (0.5 - 0.5*math.Cos(2*math.Pi*(float64(i)+0.5)/taps))
		sum += x[i]
	}
	for i := range w {
		w[i] = float32(x[i] / sum)
	}
	return w
}()

// lowpass makes one sample of one channel of every four of two.
type lowpass struct{ past [taps]float32 }

// next takes four samples of both channels.
func (l *lowpass) next(left, right []float32) (y float32) {
	copy(l.past[:], l.past[decimation:])
	for i := range decimation {
		l.past[taps-decimation+i] = (left[i] + right[i]) / 2
	}
	for i, w := range lowpassTaps {
		y += w * l.past[i]
	}
	return y
}
