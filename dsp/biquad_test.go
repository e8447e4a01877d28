package dsp

import (
	"math"
	"testing"
)

// TestBiquadRecovers: neither silence nor a NaN may stay in the filter.
func TestBiquadRecovers(t *testing.T) {
	f := Notch(50, 10)
	x := noise(1, Hop)
	x[100] = float32(math.NaN())
	f.Process(x)
	y := noise(2, Hop)
	f.Process(y)
	for i, v := range y {
		if v != v {
			t.Fatalf("sample %d after a NaN in the hop before is a NaN", i)
		}
	}
	for range 10 * 100 {
		f.Process(make([]float32, Hop))
	}
	if f.z1 != 0 || f.z2 != 0 {
		t.Errorf("after 10 s of silence the state is %g, %g", f.z1, f.z2)
	}
}

func BenchmarkBiquad(b *testing.B) {
	f := Notch(50, 10)
	x := noise(1, Hop)
	for b.Loop() {
		f.Process(x)
	}
}
