package voice

import (
	"math"
	"testing"

	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model"
)

// A voice 40 dB softer than usual, from a microphone that is turned down, is kept like the
// voice at its usual level.
func TestSoftVoiceIsKept(t *testing.T) {
	x := speak(t, "en", 0.3, "The quick brown fox jumps over the lazy dog.", "She sells sea shells by the sea shore.")
	for _, name := range model.Names() {
		w, err := model.Named(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, dB := range []float64{0, -20, -40} {
			// The voice's level is -26 dBFS and less.
			gain := float32(0.05 * math.Pow(10, dB/20) / math.Sqrt(float64(dsp.Energy(x))/float64(len(x))))
			var in, out float32
			s, dst, src := model.NewSuppressor(w), make([]float32, dsp.Hop), make([]float32, dsp.Hop)
			for i := 0; i+dsp.Hop <= len(x); i += dsp.Hop {
				for k, v := range x[i : i+dsp.Hop] {
					src[k] = gain * v
				}
				in += dsp.Energy(src)
				s.Process(dst, src)
				out += dsp.Energy(dst)
			}
			change := 10 * math.Log10(float64(out/in))
			t.Logf("%s, %g dB: %+.1f dB", name, dB, change)
			if change < -5 {
				t.Errorf("%s: a voice at %g dBFS comes out %.1f dB softer", name, -26+dB, -change)
			}
		}
	}
}
