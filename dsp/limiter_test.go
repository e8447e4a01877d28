package dsp

import (
	"math"
	"slices"
	"testing"
)

// oversampledPeak returns the true peak of x in dBTP at 16 times the rate, more
// closely than the limiter looks.
func oversampledPeak(x []float32) float64 {
	table := newSincTable(96, 16, 0.5, 90)
	peak := largest(x)
	for i := range len(x) - table.taps {
		for p := range table.phases {
			v := table.at(x[i:], p, 0)
			peak = max(peak, v, -v)
		}
	}
	return DB(float64(peak))
}

func TestLimiterHoldsCeiling(t *testing.T) {
	loud := func(x []float32, gain float32) []float32 {
		for i := range x {
			x[i] *= gain
		}
		return x
	}
	burst := make([]float32, SampleRate)
	for i := 5000; i < 6000; i++ {
		burst[i] = 4 * float32(math.Sin(float64(i)*0.7))
	}
	click := make([]float32, 4800)
	click[2000] = 10
	// White noise above 20 kHz is beyond what a microphone path carries; smooth
	// it as any converter would.
	soft := noise(1, SampleRate)
	for i := len(soft) - 1; i > 0; i-- {
		soft[i] = (soft[i] + soft[i-1]) / 2
	}
	for name, x := range map[string][]float32{
		"tone 1 kHz":        loud(sine(1000.0/SampleRate, SampleRate), 3),
		"tone 50 Hz":        loud(sine(50.0/SampleRate, SampleRate), 3),
		"tone between":      loud(sine(0.2499, SampleRate), 1.5),
		"tone 15 kHz":       loud(sine(15_000.0/SampleRate, SampleRate), 2),
		"noise":             loud(soft, 4),
		"burst":             burst,
		"click":             click,
		"one sample beyond": {0: 0, 100: 2, 1000: 0},
	} {
		t.Run(name, func(t *testing.T) {
			l := NewLimiter(-1, 1)
			y := slices.Clone(x)
			for i, n := 0, 1; i < len(y); n = n*7%1009 + 1 { // blocks of any size
				k := min(n, len(y)-i)
				l.Process(y[i : i+k])
				i += k
			}
			peak := oversampledPeak(y)
			t.Logf("%.3f dBTP, reduced by %.1f dB", peak, l.Reduction())
			// Four points per sample miss up to 0.26 dB of a tone at 15 kHz.
			m := NewLoudness(SampleRate, []float64{1})
			m.Write(y)
			if DB(float64(largest(y))) > -0.9999 || m.TruePeak() > -0.95 || peak > -0.74 {
				t.Errorf("true peak %.3f dBTP, %.3f at 16 times the rate, sample peak %.3f dBFS, ceiling -1",
					m.TruePeak(), peak, DB(float64(largest(y))))
			}
		})
	}
}

// TestLimiterLeavesRestAlone: below the ceiling the signal only moves in time,
// bit by bit, and after a peak it returns to that.
func TestLimiterLeavesRestAlone(t *testing.T) {
	l := NewLimiter(-1, 1)
	x := noise(2, 3*SampleRate)
	for i := range x {
		x[i] *= 0.3
	}
	for i := range 100 {
		x[SampleRate/2+i] = 3
	}
	y := slices.Clone(x)
	l.Process(y)
	before := SampleRate/2 - limiterLookAhead - truePeakTaps
	if !slices.Equal(y[LimiterDelay:before], x[:before-LimiterDelay]) {
		t.Error("changed before the peak")
	}
	// 80 ms per factor e: 1e-6 is reached after 14 of them.
	after := SampleRate/2 + 14*SampleRate*80/1000 + 1000
	if !slices.Equal(y[after+LimiterDelay:], x[after:len(x)-LimiterDelay]) {
		t.Error("changed long after the peak")
	}
	if r := l.Reduction(); r < 9 || r > 14 {
		t.Errorf("reduction %.1f dB for a peak of 3", r)
	}
	if r := l.Reduction(); r != 0 {
		t.Errorf("reduction %.1f dB since the last look", r)
	}
}

// TestLimiterGainIsSmooth feeds a constant with a jump: what comes out shows
// the gain itself, which must not jump by more than the look-ahead allows.
func TestLimiterGainIsSmooth(t *testing.T) {
	l := NewLimiter(0, 1)
	x := make([]float32, 4800)
	for i := range x {
		x[i] = 0.5
	}
	x[2400] = 4
	l.Process(x)
	for i := LimiterDelay + 1; i < len(x); i++ {
		if i == 2400+LimiterDelay || i == 2401+LimiterDelay {
			continue
		}
		if d := math.Abs(float64(x[i] - x[i-1])); d > 0.5/limiterLookAhead {
			t.Fatalf("step of %.4f at %d", d, i-2400-LimiterDelay)
		}
	}
}

func TestLimiterRecoversFromNaN(t *testing.T) {
	l := NewLimiter(-1, 1)
	x := noise(3, 10*Hop)
	x[100], x[200] = float32(math.NaN()), float32(math.Inf(1))
	l.Process(x)
	for i, v := range x {
		if v-v != 0 {
			t.Fatalf("sample %d is %v", i, v)
		}
	}
	if largest(x[5*Hop:]) < 0.5 {
		t.Error("silent after a NaN")
	}
}

func TestSlidingMin(t *testing.T) {
	var m slidingMin
	x := noise(4, 5000)
	for i, v := range x {
		got := m.next(v)
		if want := slices.Min(x[max(0, i-limiterHold+1) : i+1]); got != want {
			t.Fatalf("at %d: %v, want %v", i, got, want)
		}
	}
}

func TestLimiterAllocatesNothing(t *testing.T) {
	l := NewLimiter(-1, 1)
	x := noise(1, Hop)
	if n := testing.AllocsPerRun(100, func() { l.Process(x) }); n != 0 {
		t.Fatalf("%v allocations per hop", n)
	}
}

func BenchmarkLimiter(b *testing.B) {
	for name, gain := range map[string]float32{"soft": 0.1, "after a peak": 0.1, "loud": 2} {
		b.Run(name, func(b *testing.B) {
			l := NewLimiter(-1, 1)
			x, y := noise(1, Hop), make([]float32, Hop)
			for i := range x {
				x[i] *= gain
			}
			for b.Loop() {
				copy(y, x)
				if name == "after a peak" { // it is for a second
					l.held = 0.9
				}
				l.Process(y)
			}
		})
	}
}
