package dsp

import "testing"

// clip cuts x at a level and scales it after that.
func clip(x []float32, level, gain float32) []float32 {
	y := make([]float32, len(x))
	for i, v := range x {
		y[i] = gain * min(max(v, -level), level)
	}
	return y
}

func TestDeclipperMendsPeaks(t *testing.T) {
	for _, pitch := range []float64{95, 190} {
		x, _ := sentence(8, pitch, 8)
		peak := largest(x)
		for i := range x { // peaks at 1.6 of full scale
			x[i] *= 1.6 / peak
		}
		for _, c := range []struct {
			name   string
			strong bool
			gain   float32
			more   float64
		}{{"at full scale", false, 1, 4}, {"at full scale", true, 1, 4}, {"made softer", true, 0.3, 4}} {
			in := clip(x, 1, c.gain)
			want := make([]float32, len(x))
			for i := range x {
				want[i] = c.gain * x[i]
			}
			d := NewDeclipper(c.strong)
			y := processed(in, nil, 0, func(p []float32, _ float32) { d.Process(p) })
			before, after := sdr(want, in), sdr(want, y)
			t.Logf("%v Hz, %s, strong %v: %.1f dB, mended %.1f dB", pitch, c.name, c.strong, before, after)
			if after < before+c.more {
				t.Errorf("%v Hz, %s, strong %v: %.1f dB, was %.1f", pitch, c.name, c.strong, after, before)
			}
		}
	}
}

// TestDeclipperLeavesSinesAlone: a tone's top is as flat as it is.
func TestDeclipperLeavesSinesAlone(t *testing.T) {
	for _, hz := range []float64{80, 440, 3000} {
		x := sine(hz/SampleRate, 2*SampleRate)
		d := NewDeclipper(true)
		y := processed(x, nil, 0, func(p []float32, _ float32) { d.Process(p) })
		if got := sdr(x, y); got < 40 {
			t.Errorf("%v Hz: %.1f dB", hz, got)
		}
	}
}
