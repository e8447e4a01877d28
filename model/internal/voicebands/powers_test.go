package voicebands

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stillmic/stillmic/dsp"
)

// TestPowers are the sums of squares in double precision, to 1e-6, of noise between bands that are left out.
func TestPowers(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var spec [dsp.Bins]complex64
	for i := range spec {
		spec[i] = complex(float32(r.NormFloat64()), float32(r.NormFloat64()))
	}
	for _, bands := range []int{Voice, All} {
		power := make([]float32, bands)
		Powers(power, spec[:])
		for b, got := range power {
			want := 0.0
			for _, v := range spec[Edges[b]:Edges[b+1]] {
				want += float64(real(v))*float64(real(v)) + float64(imag(v))*float64(imag(v))
			}
			if math.Abs(float64(got)-want) > 1e-6*want {
				t.Errorf("band %d has a power of %g, must be %g", b, got, want)
			}
		}
	}
}
