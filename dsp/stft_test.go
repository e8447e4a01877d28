package dsp

import (
	"encoding/binary"
	"hash/crc32"
	"math"
	"slices"
	"testing"
)

// TestPerfectReconstruction passes noise through analysis and synthesis: with each
// window it comes out within 1e-6, exactly one hop later.
func TestPerfectReconstruction(t *testing.T) {
	for name, shape := range map[string]*Shape{"sine": Sine, "vorbis": Vorbis} {
		t.Run(name, func(t *testing.T) { reconstruct(t, &Analyzer{Shape: shape}, &Synthesizer{Shape: shape}) })
	}
}

func reconstruct(t *testing.T, a *Analyzer, s *Synthesizer) {
	const hops = 200
	x := noise(2, hops*Hop)
	spec := make([]complex64, Bins)
	y := make([]float32, len(x))
	for h := range hops {
		a.Analyze(spec, x[h*Hop:][:Hop])
		s.Synthesize(y[h*Hop:][:Hop], spec)
	}
	for i, v := range y[:Hop] {
		if math.Abs(float64(v)) > 1e-6 {
			t.Fatalf("sample %d is %v before anything can have come out", i, v)
		}
	}
	worst := 0.0
	for i, v := range y[Hop:] {
		worst = max(worst, math.Abs(float64(v-x[i])))
	}
	t.Logf("largest error %.2g (%.0f dBFS)", worst, DB(worst))
	if worst > 1e-6 {
		t.Errorf("reconstruction is off by %.3g", worst)
	}
}

// TestAnalyzeSine checks scale and bin: the window's sum is 960*2/pi, half of
// which goes to each side of the spectrum.
func TestAnalyzeSine(t *testing.T) {
	const bin = 20 // 1 kHz
	x := make([]float32, 2*Hop)
	for i := range x {
		x[i] = float32(math.Cos(2 * math.Pi * bin * (float64(i) + 0.5) / Window))
	}
	a := NewAnalyzer()
	spec := make([]complex64, Bins)
	a.Analyze(spec, x[:Hop])
	a.Analyze(spec, x[Hop:])
	got := math.Sqrt(float64(power(spec[bin])))
	if want := Window / math.Pi; math.Abs(got/want-1) > 1e-3 {
		t.Errorf("bin %d is %.3f, want %.3f", bin, got, want)
	}
}

// TestResetRepeats proves determinism: after Reset the same input gives the
// same bits.
func TestResetRepeats(t *testing.T) {
	x := noise(3, 5*Hop)
	a, s := NewAnalyzer(), new(Synthesizer)
	run := func() []float32 {
		a.Reset()
		s.Reset()
		y := make([]float32, len(x))
		spec := make([]complex64, Bins)
		for h := range len(x) / Hop {
			a.Analyze(spec, x[h*Hop:][:Hop])
			s.Synthesize(y[h*Hop:][:Hop], spec)
		}
		return y
	}
	if !slices.Equal(run(), run()) {
		t.Error("two runs differ")
	}
}

// power is |x|^2. The conversions forbid fused multiply-add, which would give
// other bits on processors that have it.
func power(x complex64) float32 {
	re, im := real(x), imag(x)
	return float32(re*re) + float32(im*im)
}

// TestSameBitsEverywhere compares analysis, band gains and synthesis with a
// checksum: the same bits on every processor, with fused multiply-add or not.
// A change of the arithmetic changes it, and then it has to be changed here.
func TestSameBitsEverywhere(t *testing.T) {
	const want = 0xf8300b7e
	x := noise(8, 20*Hop)
	a, s := NewAnalyzer(), new(Synthesizer)
	spec := make([]complex64, Bins)
	sum := crc32.NewIEEE()
	for h := range len(x) / Hop {
		hop := x[h*Hop:][:Hop]
		a.Analyze(spec, hop)
		for b := range Bands {
			band := spec[bandEdges[b]:bandEdges[b+1]]
			energy := float32(0)
			for _, x := range band {
				energy += power(x)
			}
			gain := 1 / (1 + energy)
			for i, x := range band {
				band[i] = complex(real(x)*gain, imag(x)*gain)
			}
		}
		s.Synthesize(hop, spec)
		if err := binary.Write(sum, binary.LittleEndian, hop); err != nil {
			t.Fatal(err)
		}
	}
	if got := sum.Sum32(); got != want {
		t.Errorf("checksum %#08x, want %#08x", got, want)
	}
}

func TestSTFTAllocatesNothing(t *testing.T) {
	a, s := NewAnalyzer(), new(Synthesizer)
	spec, hop := make([]complex64, Bins), make([]float32, Hop)
	if n := testing.AllocsPerRun(100, func() { a.Analyze(spec, hop); s.Synthesize(hop, spec) }); n != 0 {
		t.Fatalf("%v allocations per hop", n)
	}
}

func BenchmarkSTFT(b *testing.B) {
	a, s := NewAnalyzer(), new(Synthesizer)
	spec, hop := make([]complex64, Bins), noise(4, Hop)
	for b.Loop() {
		a.Analyze(spec, hop)
		s.Synthesize(hop, spec)
	}
}
