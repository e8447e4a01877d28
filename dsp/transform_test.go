package dsp

import (
	"math"
	"testing"
)

// A single sample has a flat spectrum that turns with its place, and comes back.
func TestTransform(t *testing.T) {
	var tr Transform
	x, spec, back := make([]float32, Window), make([]complex64, Bins), make([]float32, Window)
	x[3] = 1
	tr.Forward(spec, x)
	for k, v := range spec {
		sin, cos := math.Sincos(-2 * math.Pi * float64(3*k) / Window)
		if math.Abs(float64(real(v))-cos) > 1e-5 || math.Abs(float64(imag(v))-sin) > 1e-5 {
			t.Fatalf("bin %d is %v, want %g%+gi", k, v, cos, sin)
		}
	}
	tr.Inverse(back, spec)
	for i, v := range back {
		if d := v - x[i]; d > 1e-6 || d < -1e-6 {
			t.Fatalf("sample %d is %g, want %g", i, v, x[i])
		}
	}
}
