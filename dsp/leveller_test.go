package dsp

import (
	"fmt"
	"math"
	"testing"
)

// voice makes seconds of something with the spectrum and rhythm of speech, and
// says for each hop whether it holds any: phrases of 2 s, pauses of 1 s with
// faint noise.
func voice(seconds int, dB float64) (x []float32, speech []float32) {
	hiss := noise(5, seconds*SampleRate)
	buzz := buzz(SampleRate)
	for i := range seconds * SampleRate {
		s := float64(i) / SampleRate
		v := 0.0
		talking := math.Mod(s, 3) < 2
		if talking {
			v = buzz[i%len(buzz)] / 2
			consonant := math.Pow(math.Cos(math.Pi*4*s), 8)
			v = v*(1-consonant) + 0.2*consonant*float64(hiss[i])
		}
		x = append(x, float32(Gain(dB)*(v+0.003*float64(hiss[i]))))
		if i%Hop == 0 {
			p := float32(0.02)
			if talking {
				p = 0.95
			}
			speech = append(speech, p)
		}
	}
	return x, speech
}

// levelled runs a leveller and returns the loudness of the speech in the last
// 15 s.
func levelled(l *Leveller, x, speech []float32) float64 {
	m := NewLoudness(SampleRate, []float64{1})
	for h, p := range speech {
		hop := x[h*Hop:][:Hop]
		l.Process(hop, p)
		if h >= len(speech)-1500 {
			m.Write(hop)
		}
	}
	return m.Integrated()
}

func TestLevellerBringsVoicesTogether(t *testing.T) {
	var got []float64
	for _, dB := range []float64{-6, -26} {
		l := NewLeveller(-20, -12, 24)
		x, speech := voice(45, dB)
		got = append(got, levelled(l, x, speech))
	}
	t.Logf("loud %.2f LUFS, 20 dB softer %.2f LUFS, target -20", got[0], got[1])
	if math.Abs(got[0]-got[1]) > 2 || math.Abs(got[0]+20) > 2 {
		t.Errorf("voices at %.1f and %.1f LUFS", got[0], got[1])
	}
}

// TestLevellerFollowsAChangeOfSpeaker: one voice after the other, 20 dB apart,
// in one stream.
func TestLevellerFollowsAChangeOfSpeaker(t *testing.T) {
	l := NewLeveller(-20, -12, 24)
	x, speech := voice(30, -6)
	first := levelled(l, x, speech)
	x, speech = voice(30, -26)
	second := levelled(l, x, speech)
	x, speech = voice(30, -6)
	third := levelled(l, x, speech)
	if math.Abs(first-second) > 2 || math.Abs(first-third) > 2 {
		t.Errorf("%.1f, %.1f, %.1f LUFS", first, second, third)
	}
}

func TestLevellerStandsStillInPauses(t *testing.T) {
	l := NewLeveller(-20, -12, 24)
	x, speech := voice(10, -20)
	levelled(l, x, speech)
	before := l.gainDB
	if before < 2 {
		t.Fatalf("the voice was raised by %.1f dB only", before)
	}
	hiss := noise(6, Hop)
	for i := range hiss {
		hiss[i] *= 0.003
	}
	for _, p := range []float32{0, 0.2, 0.49, float32(math.NaN())} {
		for range 3000 {
			hop := append([]float32(nil), hiss...)
			l.Process(hop, p)
		}
		if l.gainDB != before || l.Gain() != 0 {
			t.Errorf("probability %v: the gain went from %.2f to %.2f dB, and is %.2f dB in the pause", p, before, l.gainDB, l.Gain())
		}
	}
	for h := range x[:4*Hop] {
		x[h] = 0
	}
	for h := range 4 {
		l.Process(x[h*Hop:][:Hop], 0.9)
	}
	if math.Abs(l.Gain()-before) > 0.01 {
		t.Errorf("40 ms into the next word the gain is %.2f dB, not %.2f", l.Gain(), before)
	}
}

// TestLevellerIsNotTaughtByNoise: what is taken for speech for half a second now and
// then, as a dog's bark is, is not raised.
func TestLevellerIsNotTaughtByNoise(t *testing.T) {
	l := NewLeveller(-20, -12, 24)
	hiss := noise(7, Hop)
	for i := range hiss {
		hiss[i] *= 0.003
	}
	for h := range 6000 {
		p := float32(0.1)
		if h%300 < 50 {
			p = 0.97
		}
		hop := append([]float32(nil), hiss...)
		if l.Process(hop, p); l.Gain() != 0 {
			t.Fatalf("a gain of %.2f dB after %d ms", l.Gain(), 10*h)
		}
	}
}

// TestLevellerLowersPausesToo: a loud voice is lowered, and what lies between its words
// is not brought up for that.
func TestLevellerLowersPausesToo(t *testing.T) {
	l := NewLeveller(-30, -24, 24)
	x, speech := voice(20, 0)
	levelled(l, x, speech)
	low := l.Gain()
	for range 500 {
		l.Process(make([]float32, Hop), 0)
	}
	if low > -3 || l.Gain() != low {
		t.Errorf("%.2f dB while it spoke, %.2f dB after", low, l.Gain())
	}
}

func TestLevellerBoundsAndSlopes(t *testing.T) {
	for _, dB := range []float64{-70, 20} {
		l := NewLeveller(-20, -6, 10)
		x, speech := voice(20, dB)
		last := l.gainDB
		for h, p := range speech {
			l.Process(x[h*Hop:][:Hop], p)
			if a := l.Gain(); a < -6.001 || a > 10.001 {
				t.Fatalf("gain %.2f dB is out of bounds", a)
			}
			g := l.gainDB
			if g < -6.001 || g > 10.001 {
				t.Fatalf("gain %.2f dB is out of bounds", g)
			}
			if up := g - last; up > levellerUp*hopSeconds+1e-4 || -up > levellerDown*hopSeconds+1e-4 {
				t.Fatalf("gain moved by %.3f dB in one hop", up)
			}
			last = g
		}
		if want := map[float64]float64{-70: 0, 20: -6}[dB]; math.Abs(last-want) > 0.01 && dB > 0 {
			t.Errorf("voice at %v dB: gain %.2f dB, want %v", dB, last, want)
		}
	}
}

func TestLevellerAllocatesNothing(t *testing.T) {
	l := NewLeveller(-20, -12, 24)
	x := noise(1, Hop)
	if n := testing.AllocsPerRun(100, func() { l.Process(x, 1) }); n != 0 {
		t.Fatalf("%v allocations per hop", n)
	}
}

func BenchmarkLeveller(b *testing.B) {
	l := NewLeveller(-20, -12, 24)
	x, y := noise(1, Hop), make([]float32, Hop)
	for b.Loop() {
		copy(y, x)
		l.Process(y, 1)
	}
}

// TestLinkedLevellersKeepThePicture: a voice on the left, softer on the right,
// keeps that difference, and together they come to the target; so does a voice in one of them alone.
func TestLinkedLevellersKeepThePicture(t *testing.T) {
	for _, share := range [][2]float32{{1, 0.25}, {1, 0}, {0, 1}} {
		t.Run(fmt.Sprint(share), func(t *testing.T) { linkedLevellers(t, share) })
	}
}

func linkedLevellers(t *testing.T, share [2]float32) {
	t.Helper()
	x, speech := sentence(16, 120, 3)
	const target = -30
	a, b := NewLeveller(target, -24, 36), NewLeveller(target, -24, 36)
	LinkLevellers([]*Leveller{a, b})
	var l, r []float32
	for i := 0; i+Hop <= len(x); i += Hop {
		p, q := [Hop]float32(x[i:]), [Hop]float32(x[i:])
		for k, v := range x[i:][:Hop] {
			p[k], q[k] = share[0]*v, share[1]*v
		}
		a.Process(p[:], speech[i/Hop])
		b.Process(q[:], speech[i/Hop])
		l, r = append(l, p[:]...), append(r, q[:]...)
	}
	for i := range l {
		if math.Abs(float64(share[1]*l[i]-share[0]*r[i])) > 1e-6 {
			t.Fatalf("sample %d: %g and %g are not as far apart as they were", i, l[i], r[i])
		}
	}
	m := NewLoudness(SampleRate, []float64{1, 1})
	var both []float32
	for i := len(l) / 2; i < len(l); i++ {
		both = append(both, l[i], r[i])
	}
	m.Write(both)
	t.Logf("%.1f LUFS, aimed at %d", m.Integrated(), target)
	if math.Abs(m.Integrated()-target) > 2 {
		t.Errorf("%.1f LUFS, aimed at %d", m.Integrated(), target)
	}
}

// TestLevellerLooksAhead: that of a recording has the gain of a soft voice, or of a loud one,
// from its first word on.
func TestLevellerLooksAhead(t *testing.T) {
	for _, dB := range []float64{-26, 6} {
		l := NewLeveller(-20, -12, 24)
		l.LookAhead()
		x, none := voice(4, -80)
		for i := range none {
			none[i] = 0.02
		}
		y, speech := voice(10, dB)
		x, speech = append(x, y...), append(none, speech...)
		var first, last float64
		for h := range len(speech) + LevellerAhead {
			if h < len(speech) {
				l.Hear(x[h*Hop:][:Hop], speech[h])
			}
			at := h - LevellerAhead
			if at < 0 {
				continue
			}
			l.Process(x[at*Hop:][:Hop], speech[at])
			switch {
			case at < 400 && l.Gain() > 0.01:
				t.Fatalf("%.1f dB before the first word", l.Gain())
			case at == 410:
				first = l.Gain()
			case at == 400+780:
				last = l.Gain()
			}
		}
		t.Logf("%+.0f dB: a gain of %.1f dB at first, %.1f dB at last", dB, first, last)
		if math.Abs(first-last) > 1.5 || math.Abs(last) < 6 {
			t.Errorf("%+.0f dB: a gain of %.1f dB at first, %.1f dB at last", dB, first, last)
		}
	}
}
