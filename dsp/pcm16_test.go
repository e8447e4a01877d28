package dsp

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"
)

func TestPCM16IsTheSameEverywhere(t *testing.T) {
	r := rand.New(rand.NewPCG(19, 20))
	odd := []float32{1, -1, float32(math.NaN()), float32(math.Inf(1)), 32767.4 / 32768, 1e30, -1e30}
	for n := range 200 {
		x, back, want := guarded(r, n), guarded(r, n), make([]float32, n)
		for i := range x.values {
			x.values[i] = float32(math.RoundToEven(float64(x.values[i])*1e4)) / 2 / fullPCM16 // halves, too
		}
		for range n % 3 {
			x.values[r.IntN(n)] = odd[r.IntN(len(odd))]
		}
		raw, again := bytes.Repeat([]byte{77}, 2*n+16), make([]byte, 2*n)
		done, twin := EncodePCM16(raw[8:8+2*n], x.values), encodePCM16Go(again, x.values)
		if done != twin || !bytes.Equal(raw[8:][:2*done], again[:2*done]) {
			t.Fatalf("%d of %d samples, in Go %d, or not the same ones", done, n, twin)
		}
		if edge := bytes.Repeat([]byte{77}, 8); !bytes.Equal(raw[:8], edge) || !bytes.Equal(raw[8+2*n:], edge) {
			t.Fatalf("%d samples: wrote beyond them", n)
		}
		DecodePCM16(back.values, raw[8:])
		decodePCM16Go(want, raw[8:])
		same(t, back.values, want)
		back.check(t)
	}
}

func TestPCM16Rounds(t *testing.T) {
	// Halves go to the even neighbour.
	x := []float32{0.5, 1.5, -0.5, -1.5, 2.4999, -2.5001, 32767, -32767}
	want := []int16{0, 2, 0, -2, 2, -3, 32767, -32767}
	for i := range x {
		x[i] /= fullPCM16
	}
	for range 2 { // once more for what takes sixteen at a time
		raw := make([]byte, 2*len(x))
		if done := EncodePCM16(raw, x); done != len(x) {
			t.Fatalf("%d samples of %d", done, len(x))
		}
		for i := range x {
			if got := int16(raw[2*i]) | int16(raw[2*i+1])<<8; got != want[i] {
				t.Errorf("%v became %d, want %d", x[i]*fullPCM16, got, want[i])
			}
		}
		x, want = append(x, x...), append(want, want...)
	}
}

func BenchmarkPCM16(b *testing.B) {
	x, raw := make([]float32, 4096), make([]byte, 2*4096)
	for i := range x {
		x[i] = float32(i%1000)/1100 - 0.4
	}
	b.Run("encode", func(b *testing.B) {
		for b.Loop() {
			EncodePCM16(raw, x)
		}
	})
	b.Run("decode", func(b *testing.B) {
		for b.Loop() {
			DecodePCM16(x, raw)
		}
	})
}
