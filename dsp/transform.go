package dsp

// Transform is the discrete Fourier transform of Window real samples without a window
// function, for filters that work by blocks. The zero value is ready; it belongs to one
// goroutine and allocates nothing.
type Transform struct{ fft fft }

// Forward writes to spec (Bins values) the unscaled spectrum of x, which has Window samples.
func (t *Transform) Forward(spec []complex64, x []float32) {
	copy(t.fft.reals()[:], x[:Window])
	t.fft.forward(spec)
}

// Inverse writes to x (Window samples) what has the spectrum spec (Bins values, not changed).
// The imaginary parts of the first and the last bin are ignored.
func (t *Transform) Inverse(x []float32, spec []complex64) {
	t.fft.inverse(spec)
	z := t.fft.reals()
	x = x[:Window]
	for i := 0; i < Window; i += 2 {
		x[i], x[i+1] = z[i], -z[i+1]
	}
}
