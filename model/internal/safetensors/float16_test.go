package safetensors

import (
	"math"
	"testing"
)

// TestFloat16 compares it with its definition for all 65536 values.
func TestFloat16(t *testing.T) {
	for h := range 1 << 16 {
		sign, exponent, mantissa := 1-2*float64(h>>15), h>>10&31, float64(h&1023)
		want := sign * (1 + mantissa/1024) * math.Pow(2, float64(exponent-15))
		if exponent == 0 {
			want = sign * mantissa / 1024 * math.Pow(2, -14)
		}
		got := float64(float16(uint16(h)))
		switch {
		case exponent == 31 && mantissa != 0:
			if !math.IsNaN(got) {
				t.Fatalf("%#04x is %v, want NaN", h, got)
			}
		case exponent == 31:
			if !math.IsInf(got, int(sign)) {
				t.Fatalf("%#04x is %v, want infinity", h, got)
			}
		case got != want || math.Signbit(got) != (h>>15 == 1):
			t.Fatalf("%#04x is %v, want %v", h, got, want)
		}
	}
}
