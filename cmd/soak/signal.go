//go:build linux

package main

import (
	"math"
	"math/cmplx"

	"github.com/stillmic/stillmic/audioio"
)

// The test signal is a sum of two steady tones. Whatever is lost, repeated or
// bent shows as a click (see notch); the phase of one tone tells the delay to
// microseconds, that of their beat which period it is: 1/(405 Hz - 400 Hz) =
// 200 ms can be told apart.
const (
	toneA, peakA = 400.0, 0.3
	toneB, peakB = 405.0, 0.1

	// lagLeast is the shortest delay expected, in seconds: 20 ms less than none.
	lagLeast = -0.02
)

// tone returns sample n of the signal.
func tone(n int64) float32 {
	// Both repeat after 9,600 samples: 80 and 81 periods.
	t := float64(n%9600) / audioio.SampleRate
	return float32(peakA*math.Sin(2*math.Pi*toneA*t) + peakB*math.Sin(2*math.Pi*toneB*t))
}

// notch takes both tones out of the signal: a sine obeys x[n] = 2cos(w)x[n-1] -
// x[n-2]. What is left of a clean signal is rounding; the loss of one sample
// leaves 0.3 * 2pi*400/48000 = 0.016.
type notch struct {
	x, y [2]float64
	warm int // samples since the start
}

// clickTolerance is what may be left.
const clickTolerance = 0.004

// step takes a sample and returns what is left of it.
func (n *notch) step(v float32) float64 {
	y := float64(v) - 2*cosA*n.x[0] + n.x[1]
	n.x[0], n.x[1] = float64(v), n.x[0]
	z := y - 2*cosB*n.y[0] + n.y[1]
	n.y[0], n.y[1] = y, n.y[0]
	if n.warm < 4 {
		n.warm++
		return 0
	}
	return z
}

var (
	cosA = math.Cos(2 * math.Pi * toneA / audioio.SampleRate)
	cosB = math.Cos(2 * math.Pi * toneB / audioio.SampleRate)
)

// window is what the phases are measured over: half a second.
const window = audioio.SampleRate / 2

// hann lets each tone see nothing of the other.
var hann = func() (w [window]float64) {
	for i := range w {
		w[i] = (1 - math.Cos(2*math.Pi*float64(i)/window)) / window
	}
	return w
}()

// phases returns both tones of x, which has window samples, as if its middle
// were at time 0.
func phases(x []float32) (a, b complex128) {
	stepA := cmplx.Rect(1, -2*math.Pi*toneA/audioio.SampleRate)
	stepB := cmplx.Rect(1, -2*math.Pi*toneB/audioio.SampleRate)
	turnA := cmplx.Rect(1, 2*math.Pi*toneA/audioio.SampleRate*window/2)
	turnB := cmplx.Rect(1, 2*math.Pi*toneB/audioio.SampleRate*window/2)
	for i, v := range x {
		w := complex(hann[i]*float64(v), 0)
		a += w * turnA
		b += w * turnB
		turnA *= stepA
		turnB *= stepB
	}
	return a, b
}

// lag returns by how many seconds what has the phases a, b is behind what has
// the phases fromA, fromB.
func lag(fromA, fromB, a, b complex128) float64 {
	turn := func(z complex128) float64 { return -cmplx.Phase(z) / (2 * math.Pi) } // of a period, behind
	beat := turn(b/fromB*cmplx.Conj(a/fromA)) / (toneB - toneA)
	const period = 1 / (toneB - toneA)
	for beat < lagLeast {
		beat += period
	}
	fine := turn(a/fromA) / toneA
	return fine + math.Round((beat-fine)*toneA)/toneA
}
