package model

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model/internal/deepfilter"
	"github.com/stillmic/stillmic/model/internal/kernel"
	"github.com/stillmic/stillmic/model/internal/safetensors"
)

// goldenSound is the input of golden-deepfilter.py.
func goldenSound() []float32 {
	x := make([]float32, 40*dsp.Hop)
	for i := range x {
		x[i] = uniform(1<<32+uint64(i)) * float32(math.Pow10(-(i/(2*dsp.Hop))%4))
	}
	return x
}

// TestGoldenDeepFilter compares a network of random weights with what PyTorch makes of it in one
// piece (testdata/golden-deepfilter.py), for every lookahead and by every kernel set:
// with floats to 1e-4, and with weights of 8 bits to what those lose of a network that was
// never trained.
func TestGoldenDeepFilter(t *testing.T) {
	data, err := os.ReadFile("testdata/golden-deepfilter.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	golden, err := safetensors.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	in := goldenSound()
	for lookahead := range MaxLookahead + 1 {
		want := golden.Tensors[fmt.Sprintf("output%d", lookahead)].Floats(nil)
		gains := golden.Tensors[fmt.Sprintf("gains%d", lookahead)].Floats(nil)
		peak := 0.0
		for _, v := range want {
			peak = max(peak, math.Abs(float64(v)))
		}
		for _, c := range []struct {
			name      string
			precision deepfilter.Precision
			bound     float64
		}{{"floats", deepfilter.Floats, 1e-4}, {"int8", deepfilter.Int8, 0.02}, {"integers", deepfilter.Integers, 0.02}} {
			w := randomDeep(t, lookahead, c.precision)
			t.Run(fmt.Sprintf("%s-%d", c.name, lookahead), func(t *testing.T) {
				eachKernel(t, func(t *testing.T) {
					if c.precision != deepfilter.Floats && chosen.Load().Name == "go" && testing.Short() {
						t.Skip("slow")
					}
					s := NewSuppressor(w)
					var output, gain difference
					dst := make([]float32, dsp.Hop)
					for i := range len(in) / dsp.Hop {
						s.Process(dst, in[i*dsp.Hop:][:dsp.Hop])
						if n := i - lookahead; n >= 0 {
							output.add(dst, want[n*dsp.Hop:], n)
							gain.add(s.stream.(*deepStream).Gains(), gains[n*32:], n)
						}
					}
					t.Logf("largest difference: output %.2g of %.2g (frame %d), gain %.2g (%d)", output.size, peak, output.frame, gain.size, gain.frame)
					if output.size > c.bound*max(peak, 1) || gain.size > c.bound {
						t.Error("differs from PyTorch")
					}
				})
			})
		}
	}
}

// The input comes out bit for bit, as late as the network says, where nothing is to be lowered.
func TestDeepFilterWithoutAttenuation(t *testing.T) {
	x := babble(1, 30*dsp.Hop)
	for lookahead := range MaxLookahead + 1 {
		s := NewSuppressor(randomDeep(t, lookahead, deepfilter.Integers))
		s.SetAttenuationLimit(0)
		s.Reset()
		y, d := run(s, x), s.Delay()
		if !slices.Equal(y[d:], x[:len(x)-d]) {
			t.Errorf("lookahead %d: output is not the input %d samples later", lookahead, d)
		}
	}
}

func TestDeepFilterReset(t *testing.T) {
	w, x := randomDeep(t, 2, deepfilter.Integers), babble(3, 30*dsp.Hop)
	s, other := NewSuppressor(w), NewSuppressor(w)
	first := run(s, x)
	run(other, babble(4, 10*dsp.Hop)) // another stream changes nothing
	s.Reset()
	if !slices.Equal(run(s, x), first) {
		t.Error("after Reset the same input gives another output")
	}
}

// Whatever comes in, what comes out is finite, also after minutes of silence.
func TestDeepFilterStaysFinite(t *testing.T) {
	w := randomDeep(t, 2, deepfilter.Best(chosen.Load()))
	s := NewSuppressor(w)
	kinds := []func(i int) float32{
		func(int) float32 { return 0 },
		func(i int) float32 { return float32(1 - 2*(i/48%2)) },
		func(i int) float32 { return float32(math.Exp(-float64(i%4800) / 20)) }, // fades into denormals
		func(i int) float32 { return float32(i%480/479) * 1000 },
		func(int) float32 { return float32(math.NaN()) },
		func(int) float32 { return math.MaxFloat32 },
	}
	hop, hops := make([]float32, dsp.Hop), 1200
	check := func(what string) {
		t.Helper()
		for i, v := range hop {
			if v-v != 0 {
				t.Fatalf("%s: sample %d is %v", what, i, v)
			}
		}
		if p := s.SpeechProbability(); !(p >= 0 && p <= 1) {
			t.Fatalf("%s: speech probability is %v", what, p)
		}
	}
	for h := range hops {
		for i := range hop {
			hop[i] = kinds[h/20%len(kinds)](h*dsp.Hop + i)
		}
		s.Process(hop, hop)
		check(fmt.Sprintf("hop %d", h))
	}
	for range 3000 { // the means of the features reach their floor after 21 s
		clear(hop)
		s.Process(hop, hop)
	}
	check("after silence")
}

func TestDeepFilterAllocatesNothing(t *testing.T) {
	for _, p := range []deepfilter.Precision{deepfilter.Floats, deepfilter.Integers} {
		w := randomDeep(t, 2, p)
		eachKernel(t, func(t *testing.T) {
			a, b, hop := NewSuppressor(w), NewSuppressor(w), babble(6, dsp.Hop)
			if n := testing.AllocsPerRun(10, func() { a.Process(hop, hop) }); n != 0 {
				t.Errorf("Process: %v allocations per hop", n)
			}
			pair, both := []*Suppressor{a, b}, [][]float32{hop, hop}
			if n := testing.AllocsPerRun(10, func() { ProcessLinked(pair, both, both) }); n != 0 {
				t.Errorf("ProcessLinked: %v allocations per hop", n)
			}
		})
	}
}

// A channel that is another one, only softer, stays so.
func TestDeepFilterLinked(t *testing.T) {
	w, x := randomDeep(t, 2, deepfilter.Integers), babble(3, 60*dsp.Hop)
	pair, alone := []*Suppressor{NewSuppressor(w), NewSuppressor(w)}, NewSuppressor(w)
	const ratio = 0.25 // exact in binary
	soft, a, b, c := make([]float32, dsp.Hop), make([]float32, dsp.Hop), make([]float32, dsp.Hop), make([]float32, dsp.Hop)
	sum, diff := 0.0, 0.0
	for at := 0; at < len(x); at += dsp.Hop {
		hop := x[at:][:dsp.Hop]
		for i, v := range hop {
			soft[i] = ratio * v
		}
		ProcessLinked(pair, [][]float32{a, b}, [][]float32{hop, soft})
		alone.Process(c, hop)
		for i := range a {
			sum += float64(a[i]) * float64(a[i])
			diff += math.Pow(float64(b[i]/ratio-a[i]), 2)
		}
		if pair[0].SpeechProbability() != pair[1].SpeechProbability() {
			t.Fatal("linked channels differ in their speech")
		}
	}
	if apart := 10 * math.Log10(sum/(diff+1e-30)); sum == 0 || apart < 100 {
		t.Errorf("the softer channel differs by %.1f dB below the signal", apart)
	}
}

// BenchmarkDeepFilter is one frame of a network of random weights, per kernel set, as BenchmarkProcess.
func BenchmarkDeepFilter(b *testing.B) {
	before := chosen.Load()
	defer chosen.Store(before)
	for _, name := range kernel.Names() {
		b.Run(name, func(b *testing.B) {
			if err := SetKernel(name); err != nil {
				b.Fatal(err)
			}
			benchmarkStages(b, randomDeep(b, 2, deepfilter.Best(chosen.Load())))
		})
	}
}

// What integers change of the built-in networks' output stays 30 dB below it on hard sound.
// Floats and integers of full are 42 dB apart there, of low-latency 38 dB.
func TestIntegersOfBuiltIn(t *testing.T) {
	data, err := os.ReadFile("testdata/golden.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	sound, err := safetensors.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	x := sound.Tensors["input"].Floats(nil)
	x = x[:len(x)/dsp.Hop*dsp.Hop]
	for _, name := range []string{"full", "low-latency"} {
		data, err := embedded.ReadFile("weights/" + name + ".safetensors")
		if errors.Is(err, fs.ErrNotExist) {
			t.Logf("%s: %v", name, ErrNoWeights)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		file, err := safetensors.Parse(data)
		if err != nil {
			t.Fatal(err)
		}
		var y [2][]float32
		for i, p := range []deepfilter.Precision{deepfilter.Floats, deepfilter.Integers} {
			net, err := parseDeepAs(file, p)
			if err != nil {
				t.Fatal(err)
			}
			y[i] = run(NewSuppressor(&Weights{net: net}), x)
		}
		sum, diff := 0.0, 0.0
		for i, v := range y[0] {
			sum += float64(v) * float64(v)
			diff += math.Pow(float64(y[1][i]-v), 2)
		}
		apart := 10 * math.Log10(sum/diff)
		t.Logf("%s: %.1f dB", name, apart)
		if !(apart >= 30) {
			t.Errorf("%s: integers change the output by %.1f dB below it", name, apart)
		}
	}
}

// Weights that overflow, the largest that a file may hold, end in the input as it came, never
// in what is no number.
func TestOverflowEndsInTheInput(t *testing.T) {
	header := deepMeta(2)
	data := deepFile(t, header)
	start := 8 + int(binary.LittleEndian.Uint64(data))
	for at := start; at+4 <= len(data); at += 4 {
		v := math.Float32frombits(binary.LittleEndian.Uint32(data[at:]))
		binary.LittleEndian.PutUint32(data[at:], math.Float32bits(v*3e5))
	}
	file, err := safetensors.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	net, err := parseDeepAs(file, deepfilter.Floats)
	if err != nil {
		t.Fatal(err)
	}
	x := babble(2, 40*dsp.Hop)
	s := NewSuppressor(&Weights{net: net})
	y, d := run(s, x), s.Delay()
	same := 0
	for i, v := range y {
		if v-v != 0 {
			t.Fatalf("sample %d is %v", i, v)
		}
		if i >= d && v == x[i-d] && v != 0 {
			same++
		}
	}
	if p := s.SpeechProbability(); !(p >= 0 && p <= 1) {
		t.Errorf("speech probability is %v", p)
	}
	t.Logf("%d of %d samples are the input", same, len(y))
	if same < len(y)/4 {
		t.Error("these weights do not overflow: nothing was tested")
	}
}
