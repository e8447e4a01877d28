package model

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model/internal/kernel"
)

// run feeds x to s hop by hop and returns what comes out.
func run(s *Suppressor, x []float32) []float32 {
	y := make([]float32, len(x))
	for i := 0; i+dsp.Hop <= len(x); i += dsp.Hop {
		s.Process(y[i:][:dsp.Hop], x[i:][:dsp.Hop])
	}
	return y
}

func TestNoAttenuationIsBitExact(t *testing.T) {
	x := babble(1, 50*dsp.Hop)
	s := NewSuppressor(randomWeights(t, smallShape))
	s.SetAttenuationLimit(0)
	y := run(s, x)
	// The first hop is the ramp from full strength, on silence.
	if d := s.Delay(); !slices.Equal(y[d:], x[:len(x)-d]) {
		t.Errorf("output is not the input %d samples later", d)
	}
}

// TestAttenuationLimit checks that a limit mixes input and cleaned signal as
// documented.
func TestAttenuationLimit(t *testing.T) {
	w, x := randomWeights(t, smallShape), babble(2, 30*dsp.Hop)
	wet := run(NewSuppressor(w), x)
	for _, limit := range []float64{3, 12, 40} {
		s := NewSuppressor(w)
		s.SetAttenuationLimit(float32(limit))
		s.Reset() // settings at once
		share := math.Pow(10, -limit/20)
		for i, y := range run(s, x) {
			dry := float32(0)
			if i >= s.Delay() {
				dry = x[i-s.Delay()]
			}
			want := share*float64(dry) + (1-share)*float64(wet[i])
			if math.Abs(float64(y)-want) > 1e-6 {
				t.Fatalf("limit %v dB: sample %d is %v, want %v", limit, i, y, want)
			}
		}
	}
	for _, none := range []float32{100, 1000, float32(math.Inf(1))} {
		s := NewSuppressor(w)
		s.SetAttenuationLimit(none)
		if !slices.Equal(run(s, x), wet) {
			t.Errorf("limit of %v dB changes the output", none)
		}
	}
}

// TestLimitIsRamped switches between all and nothing under a steady input: no two
// neighbouring samples may differ by more than the ramp's step and the signal's
// own.
func TestLimitIsRamped(t *testing.T) {
	w := randomWeights(t, smallShape)
	x := make([]float32, 40*dsp.Hop)
	for i := range x {
		x[i] = 0.5 * float32(math.Sin(2*math.Pi*100*float64(i)/dsp.SampleRate))
	}
	jump := func(y []float32) (most float64) {
		for i := 1; i < len(y); i++ {
			most = max(most, math.Abs(float64(y[i]-y[i-1])))
		}
		return most
	}
	calm := max(jump(x), jump(run(NewSuppressor(w), x)))
	s := NewSuppressor(w)
	y := make([]float32, len(x))
	for i := range len(x) / dsp.Hop {
		s.SetAttenuationLimit(float32(100 * ((i + 1) % 2)))
		s.Process(y[i*dsp.Hop:][:dsp.Hop], x[i*dsp.Hop:][:dsp.Hop])
	}
	// Two signals of up to 1 exchanged over 480 samples.
	if got := jump(y); got > 2*calm+2.0/dsp.Hop {
		t.Errorf("switching makes a step of %v, the signals' own are %v", got, calm)
	}
}

func TestResetAndSharing(t *testing.T) {
	w, x := randomWeights(t, smallShape), babble(3, 40*dsp.Hop)
	s, other := NewSuppressor(w), NewSuppressor(w)
	first := run(s, x)
	run(other, babble(4, 10*dsp.Hop)) // another stream changes nothing
	s.Reset()
	if !slices.Equal(run(s, x), first) {
		t.Error("after Reset the same input gives another output")
	}
	// In place.
	s.Reset()
	for i := 0; i < len(x); i += dsp.Hop {
		s.Process(x[i:][:dsp.Hop], x[i:][:dsp.Hop])
	}
	if !slices.Equal(x, first) {
		t.Error("in place gives another output")
	}
}

// TestDamagedInput checks that samples that are no numbers, or absurd ones, leave
// no trace: what comes out stays finite, and the next clean stretch comes out as
// if zeros had been sent.
func TestDamagedInput(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	w := randomWeights(t, smallShape)
	eachKernel(t, func(t *testing.T) {
		for _, bad := range []float32{inf, -inf, nan, math.MaxFloat32, -math.MaxFloat32, math.SmallestNonzeroFloat32, 1e-38} {
			s, quiet := NewSuppressor(w), NewSuppressor(w)
			x := make([]float32, 10*dsp.Hop)
			for i := range x {
				x[i] = bad * float32(1-2*(i/7%2))
			}
			for i, v := range run(s, x) {
				if v-v != 0 {
					t.Fatalf("%v in: sample %d is %v", bad, i, v)
				}
			}
			clean := babble(5, 20*dsp.Hop)
			got := run(s, clean)
			if math.IsNaN(float64(bad)) || math.Abs(float64(bad)) > math.MaxFloat32 {
				run(quiet, make([]float32, len(x)))
				if !slices.Equal(got, run(quiet, clean)) {
					t.Errorf("%v in counts as something else than 0", bad)
				}
			}
			for i, v := range got {
				if v-v != 0 {
					t.Fatalf("after %v: sample %d is %v", bad, i, v)
				}
			}
		}
	})
}

// TestLongStream runs minutes of changing material and checks that states stay
// within their bounds: |h| <= 1 for a GRU that starts at 0.
func TestLongStream(t *testing.T) {
	s := NewSuppressor(randomWeights(t, smallShape))
	kinds := []func(i int) float32{
		func(int) float32 { return 0 },
		func(i int) float32 { return float32(1 - 2*(i/48%2)) },                  // full-scale square
		func(i int) float32 { return float32(math.Sin(float64(i)*0.13)) / 2 },   // tone
		func(i int) float32 { return float32(math.Exp(-float64(i%4800) / 20)) }, // fades into denormals
		func(int) float32 { return 1 },                                          // direct current
		func(i int) float32 { return float32(i%480/479) * 1000 },                // clicks 60 dB over full scale
	}
	hop, hops := make([]float32, dsp.Hop), 6000 // 1 minute
	if testing.Short() {
		hops = 1200
	}
	for h := range hops {
		for i := range hop {
			hop[i] = kinds[h/100%len(kinds)](h*dsp.Hop + i)
		}
		s.Process(hop, hop)
		for i, v := range hop {
			if v-v != 0 {
				t.Fatalf("hop %d: sample %d is %v", h, i, v)
			}
		}
		if p := s.SpeechProbability(); p < 0 || p > 1 || p != p {
			t.Fatalf("hop %d: speech probability is %v", h, p)
		}
	}
	n := s.stream.(*lightStream).network
	for _, state := range append(n.narrow, n.wide) {
		for i, v := range state {
			if !(v >= -1 && v <= 1) {
				t.Fatalf("state %d is %v after %d hops", i, v, hops)
			}
		}
	}
}

func TestProcessAllocatesNothing(t *testing.T) {
	w := randomWeights(t, fullShape)
	eachKernel(t, func(t *testing.T) {
		s, hop := NewSuppressor(w), babble(6, dsp.Hop)
		clock := func() time.Duration { return 0 }
		var spent Durations
		if n := testing.AllocsPerRun(20, func() { s.Process(hop, hop) }); n != 0 {
			t.Errorf("Process: %v allocations per hop", n)
		}
		if n := testing.AllocsPerRun(20, func() { s.Profile(hop, hop, clock, &spent) }); n != 0 {
			t.Errorf("Profile: %v allocations per hop", n)
		}
	})
}

// TestWrongLengthPanics pins the contract: a hop of another length is a
// programming error.
func TestWrongLengthPanics(t *testing.T) {
	s := NewSuppressor(randomWeights(t, smallShape))
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	s.Process(make([]float32, dsp.Hop), make([]float32, dsp.Hop-1))
}

func TestProfile(t *testing.T) {
	s, hop := NewSuppressor(randomWeights(t, smallShape)), babble(7, dsp.Hop)
	var spent Durations
	ticks := time.Duration(0)
	s.Profile(hop, hop, func() time.Duration { ticks++; return ticks }, &spent)
	for stage := range Stages {
		want := time.Duration(1)
		if stage == StageFilter { // this network has none
			want = 0
		}
		if spent[stage] != want {
			t.Errorf("stage %v took %d ticks of a clock that advances one per stage, want %d", stage, spent[stage], want)
		}
	}
}

func TestKernelNames(t *testing.T) {
	names := kernel.Names()
	if names[0] != "go" {
		t.Errorf("kernels are %v, the first must be go", names)
	}
	if err := SetKernel("abacus"); err == nil {
		t.Error("an unknown kernel is accepted")
	}
}

// BenchmarkProcess is one frame of the network in use, per kernel set: its mean
// and, as other programs disturb that, the fastest of all by stage.
func BenchmarkProcess(b *testing.B) {
	before := chosen.Load()
	defer chosen.Store(before)
	w, err := Light()
	if err != nil {
		b.Fatal(err)
	}
	for _, name := range kernel.Names() {
		b.Run(name, func(b *testing.B) {
			if err := SetKernel(name); err != nil {
				b.Fatal(err)
			}
			benchmarkStages(b, w)
		})
	}
}

// benchmarkStages measures frames of a network.
func benchmarkStages(b *testing.B, w *Weights) {
	x := babble(8, 100*dsp.Hop)
	s, dst := NewSuppressor(w), make([]float32, dsp.Hop)
	run(s, x[:2*MaxDelay]) // until there is a frame to answer for
	start := time.Now()
	clock := func() time.Duration { return time.Since(start) }
	var fastest Durations
	for stage := range fastest {
		fastest[stage] = time.Hour
	}
	for i := 0; b.Loop(); i++ {
		var spent Durations
		s.Profile(dst, x[i%100*dsp.Hop:][:dsp.Hop], clock, &spent)
		for stage, d := range spent {
			fastest[stage] = min(fastest[stage], d)
		}
	}
	total := time.Duration(0)
	for stage, d := range fastest {
		b.ReportMetric(float64(d.Nanoseconds())/1e3, Stage(stage).String()+"-us")
		total += d
	}
	b.ReportMetric(float64(total.Nanoseconds())/1e3, "fastest-us")
}
