package pcm

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
	"testing"
)

var allEncodings = []Encoding{Uint8, Int16, Int24, Int32, Float32, Float64}

// TestIntegersExact writes every 16-bit value and reads the same bits.
func TestIntegersExact(t *testing.T) {
	raw := make([]byte, 0, 1<<17)
	for v := range 1 << 16 {
		raw = binary.LittleEndian.AppendUint16(raw, uint16(v))
	}
	p := make([]float32, 1<<16)
	Decode(p, raw, Int16)
	again, clipped := Append(nil, p, Int16)
	if !bytes.Equal(raw, again) || clipped != 0 {
		t.Errorf("16-bit samples changed on the way through float (%d clipped)", clipped)
	}
}

func TestFullScale(t *testing.T) {
	for _, e := range allEncodings {
		raw, clipped := Append(nil, []float32{-1, 1, -1.5, 1.5, float32(math.NaN()), float32(math.Inf(1))}, e)
		got := make([]float32, 6)
		Decode(got, raw, e)
		if e == Float32 || e == Float64 {
			if !slices.Equal(got, []float32{-1, 1, -1.5, 1.5, 0, 0}) || clipped != 0 {
				t.Errorf("%v: %v, %d clipped", e, got, clipped)
			}
			continue
		}
		top := float32(1 - math.Pow(0.5, float64(8*e.Bytes()-1)))
		if want := []float32{-1, top, -1, top, 0, 0}; !slices.Equal(got, want) || clipped != 2 {
			t.Errorf("%v: %v, want %v; %d clipped, want 2", e, got, want, clipped)
		}
	}
}

// What is half way between two integers becomes the even one, at every size.
func TestIntegersAreRoundedToEven(t *testing.T) {
	for _, bits := range []int{8, 16, 24} {
		full := float64(int64(1) << (bits - 1))
		for _, v := range []float64{-2.5, -1.5, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 1.5, 2.5, full - 2.5, full - 1.5, full - 0.5, -full + 0.5} {
			x := float32(v / full)
			var got [1]int32
			clipped := integers(got[:], []float32{x}, full)
			want := math.Min(math.RoundToEven(float64(x)*full), full-1)
			if float64(got[0]) != want || clipped != 0 {
				t.Errorf("%d bits: %v becomes %d, want %v; %d clipped", bits, v, got[0], want, clipped)
			}
		}
	}
}

func TestMixDown(t *testing.T) {
	frames := []float32{0.75, -0.25, 0.25, 1, 1, -0.5}
	mean := frames[:2] // may be the front
	MixDown(mean, frames, 3)
	if mean[0] != 0.25 || mean[1] != 0.5 {
		t.Errorf("the mean of three channels is %v", mean)
	}
	MixDown(mean, []float32{1, -1}, 1)
	if mean[0] != 1 || mean[1] != -1 {
		t.Errorf("one channel became %v", mean)
	}
}
