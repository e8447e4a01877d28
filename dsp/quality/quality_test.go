package quality

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"testing"
)

// noise, voice and mixed are those of testdata/golden.py.
func noise(n int, seed uint32) []float64 {
	out := make([]float64, n)
	for i := range out {
		seed = seed*1664525 + 1013904223
		out[i] = float64(seed)/(1<<31) - 1
	}
	return out
}

func voice(rate int, seconds float64) []float32 {
	out := make([]float32, int(float64(rate)*seconds))
	for i := range out {
		t := float64(i) / float64(rate)
		turn := func(hz float64) float64 { return 2 * math.Pi * hz * t }
		if math.Sin(turn(0.6)+1) <= -0.7 {
			continue
		}
		v := 0.0
		for k := 1.0; k <= 25; k++ {
			colour := 0.55 + 0.45*math.Sin(turn(0.9+0.13*k)+k)
			v += colour / k * math.Sin(k*(turn(140)+6*math.Sin(turn(0.8))))
		}
		out[i] = float32(0.2 * max(math.Sin(turn(3.1)), 0) * v)
	}
	return out
}

func mixed(x []float32, level float64, seed uint32) []float32 {
	n := noise(len(x), seed)
	out := make([]float32, len(x))
	for i := range out {
		t := float64(i) / float64(len(x))
		out[i] = float32(0.8*float64(x[i]) + level*(0.6+0.4*math.Sin(2*math.Pi*5*t))*0.3*n[i])
	}
	return out
}

// TestGolden compares with pystoi, and with the formulas of the others in
// Python.
func TestGolden(t *testing.T) {
	b, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var rows []struct {
		Rate         int
		Seconds      float64
		Level        float64
		Seed         uint32
		STOI, ESTOI  float64
		SISDR        float64 `json:"si_sdr"`
		SegmentalSNR float64 `json:"segmental_snr"`
	}
	if err := json.Unmarshal(b, &rows); err != nil || len(rows) < 5 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, r := range rows {
		t.Run(fmt.Sprintf("%d Hz, %v s, level %v", r.Rate, r.Seconds, r.Level), func(t *testing.T) {
			x := voice(r.Rate, r.Seconds)
			y := mixed(x, r.Level, r.Seed)
			check := func(name string, got, want, tolerance float64) {
				t.Logf("%s %.7f, reference %.7f", name, got, want)
				if !(math.Abs(got-want) <= tolerance) {
					t.Errorf("%s %v, want %v", name, got, want)
				}
			}
			if r.STOI == 1e-5 { // pystoi's way to say so
				if _, _, err := Intelligibility(x, y, r.Rate); !errors.Is(err, ErrTooShort) {
					t.Errorf("error %v", err)
				}
			} else {
				s, e, err := Intelligibility(x, y, r.Rate)
				if err != nil {
					t.Fatal(err)
				}
				check("STOI", s, r.STOI, 1e-3)
				check("ESTOI", e, r.ESTOI, 1e-3)
			}
			check("SI-SDR", SISDR(x, y), r.SISDR, 1e-3)
			check("segmental SNR", SegmentalSNR(x, y, r.Rate), r.SegmentalSNR, 1e-3)
		})
	}
}

func TestPerfectCopy(t *testing.T) {
	x := voice(16000, 2)
	s, e, err := Intelligibility(x, x, 16000)
	if err != nil || math.Abs(s-1) > 1e-9 || math.Abs(e-1) > 1e-9 {
		t.Errorf("STOI %v, ESTOI %v, %v", s, e, err)
	}
	if v := SISDR(x, x); !math.IsInf(v, 1) {
		t.Errorf("SI-SDR %v", v)
	}
	if v := SegmentalSNR(x, x, 16000); v != segmentCeiling {
		t.Errorf("segmental SNR %v", v)
	}
	half := make([]float32, len(x))
	for i := range half {
		half[i] = x[i] / 2
	}
	// Only the segmental SNR asks for the level: half of it is missing, 6.02 dB.
	if v := SISDR(x, half); v < 140 {
		t.Errorf("SI-SDR at half the level %v", v)
	}
	if v := SegmentalSNR(x, half, 16000); math.Abs(v-20*math.Log10(2)) > 1e-6 {
		t.Errorf("segmental SNR at half the level %v", v)
	}
}

func TestSilence(t *testing.T) {
	x, zero := voice(16000, 2), make([]float32, 32000)
	if v := SISDR(x, zero); !math.IsNaN(v) {
		t.Errorf("SI-SDR of nothing %v", v)
	}
	if v := SISDR(zero, x); !math.IsNaN(v) {
		t.Errorf("SI-SDR against nothing %v", v)
	}
	if v := SegmentalSNR(zero, x, 16000); !math.IsNaN(v) {
		t.Errorf("segmental SNR against nothing %v", v)
	}
	s, e, err := Intelligibility(x, zero, 16000)
	if err != nil || math.Abs(s) > 0.01 || math.Abs(e) > 0.01 {
		t.Errorf("silence: STOI %v, ESTOI %v, %v", s, e, err)
	}
	if _, _, err := Intelligibility(nil, nil, 16000); !errors.Is(err, ErrTooShort) {
		t.Errorf("nothing at all: %v", err)
	}
	if d := Delay(x, zero, 100); d != 0 {
		t.Errorf("delay of silence %d", d)
	}
}

// TestDelay shifts a voice by known amounts, over one block and over many,
// noisy and upside down.
func TestDelay(t *testing.T) {
	x := voice(16000, 2)
	for _, reach := range []int{50, 700, 8000, 40000} {
		for _, want := range []int{0, 1, -1, 37, -50, 480, -613, 8000, -8000} {
			if abs(want) > reach {
				continue
			}
			y := make([]float32, len(x)+want)
			for i := range y {
				if k := i - want; k >= 0 && k < len(x) {
					y[i] = -x[k]
				}
			}
			for i, v := range noise(len(y), 7) {
				y[i] += float32(0.02 * v)
			}
			if got := Delay(x, y, reach); got != want {
				t.Errorf("reach %d: delay %d, want %d", reach, got, want)
			}
			a, b := x[max(-want, 0):], y[max(want, 0):] // x has no delay but this
			if got := SISDR(a, b[:len(a)]); got < 5 {
				t.Errorf("delay %d: aligned they have an SI-SDR of %v", want, got)
			}
		}
	}
}
