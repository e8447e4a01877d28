package dsp

import (
	"math"
	"slices"
	"testing"
)

// TestLoudnessSine checks the two figures the standard itself gives: a
// full-scale sine of 997 Hz is -3.01 LUFS in one channel, 3.01 more in two.
func TestLoudnessSine(t *testing.T) {
	for channels, want := range map[int]float64{1: -3.01, 2: 0} {
		l := NewLoudness(SampleRate, slices.Repeat([]float64{1}, channels))
		mono := sine(997.0/SampleRate, 5*SampleRate)
		x := make([]float32, 0, len(mono)*channels)
		for _, v := range mono {
			for range channels {
				x = append(x, v)
			}
		}
		l.Write(x)
		for name, got := range map[string]float64{"integrated": l.Integrated(), "short-term": l.ShortTerm(), "momentary": l.Momentary()} {
			if math.Abs(got-want) > 0.02 {
				t.Errorf("%d channels: %s %.3f LUFS, want %.2f", channels, name, got, want)
			}
		}
	}
}

// TestLoudnessGates follows EBU Tech 3341, case 4, at a fifth of its length: soft passages below
// the gates do not count.
func TestLoudnessGates(t *testing.T) {
	tone := func(dB float64, seconds int) []float32 {
		x := sine(1000.0/SampleRate, seconds*SampleRate)
		for i := range x {
			x[i] *= float32(Gain(dB))
		}
		return x
	}
	// One channel of a 1 kHz sine at p dBFS is p - 3.01 LUFS.
	l := NewLoudness(SampleRate, []float64{1})
	for _, part := range []struct {
		dB      float64
		seconds int
	}{{-72 + 3, 2}, {-36 + 3, 2}, {-23 + 3, 12}, {-36 + 3, 2}, {-72 + 3, 2}} {
		l.Write(tone(part.dB, part.seconds))
	}
	// 12 s hold 117 whole blocks. Three more at either end hold 3/4, 1/2 and 1/4
	// of the tone, and all pass the gate: 120 blocks' energy in 123 blocks.
	want := -23 + PowerDB(120.0/123)
	if got := l.Integrated(); math.Abs(got-want) > 0.02 {
		t.Errorf("%.3f LUFS, want %.3f", got, want)
	}
}

func TestLoudnessOfNothing(t *testing.T) {
	l := NewLoudness(SampleRate, []float64{1, 1})
	for range 2 {
		if !math.IsInf(l.Integrated(), -1) || !math.IsInf(l.Momentary(), -1) || !math.IsInf(l.TruePeak(), -1) {
			t.Errorf("silence: %v, %v, %v", l.Integrated(), l.Momentary(), l.TruePeak())
		}
		l.Write(make([]float32, 2*SampleRate))
	}
	l.Write(noise(1, 2*SampleRate))
	l.Reset()
	if !math.IsInf(l.Integrated(), -1) || !math.IsInf(l.ShortTerm(), -1) {
		t.Error("Reset left something behind")
	}
}

// TestLoudnessSurvivesNaN: damaged input spoils the blocks it is in, not the
// rest.
func TestLoudnessSurvivesNaN(t *testing.T) {
	l := NewLoudness(SampleRate, []float64{1})
	x := sine(997.0/SampleRate, 12*SampleRate)
	for i, v := range []float64{math.NaN(), math.Inf(1), 1e38, -1e38} {
		x[i*5*SampleRate/2] = float32(v)
	}
	for h := range len(x) / Hop {
		l.Write(x[h*Hop:][:Hop])
	}
	if s := l.ShortTerm(); math.Abs(s+3.01) > 0.02 {
		t.Errorf("short-term %.2f LUFS after the damage", s)
	}
	if math.IsNaN(l.Integrated()) || math.IsNaN(l.TruePeak()) {
		t.Errorf("integrated %v, true peak %v", l.Integrated(), l.TruePeak())
	}
}

// TestTruePeakBetweenSamples: a tone at a quarter of the rate, sampled at 45
// degrees, has samples at 0.707 and a peak of 1.
func TestTruePeakBetweenSamples(t *testing.T) {
	for _, f := range []float64{0.25, 0.125, 20_000.0 / 48_000} {
		l := NewLoudness(SampleRate, []float64{1})
		x := make([]float32, SampleRate)
		for i := range x {
			fade := math.Min(1, math.Min(float64(i), float64(len(x)-i))/1000)
			x[i] = float32(fade * math.Sin(2*math.Pi*f*float64(i)+math.Pi/4))
		}
		l.Write(x)
		// Four points per sample miss at most 1-cos(pi f/4) of the peak: 0.47 dB at 20 kHz.
		lowest := DB(math.Cos(math.Pi*f/4)) - 0.05
		if got := l.TruePeak(); got > 0.05 || got < lowest {
			t.Errorf("frequency %.3f: %.3f dBTP, want 0 or up to %.2f below", f, got, lowest)
		}
	}
}

func TestLoudnessAllocatesNothing(t *testing.T) {
	l := NewLoudness(SampleRate, []float64{1})
	x := noise(1, Hop)
	if n := testing.AllocsPerRun(100, func() { l.Write(x) }); n != 0 {
		t.Fatalf("%v allocations per hop", n)
	}
}

func BenchmarkLoudness(b *testing.B) {
	l := NewLoudness(SampleRate, []float64{1})
	x := noise(1, Hop)
	for b.Loop() {
		l.Write(x)
	}
}
