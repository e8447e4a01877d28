package music

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stillmic/stillmic/dsp"
)

const second = dsp.SampleRate

// song plays a chord every 0.4 s, of plucked strings with some partials each.
func song(n int) []float32 {
	chords := [][]float64{{220, 277.2, 329.6}, {196, 246.9, 293.7}, {174.6, 220, 261.6}, {164.8, 207.7, 246.9}}
	x := make([]float32, n)
	const note = 2 * second / 5
	for i := range x {
		at := float64(i%note) / second
		for _, f := range chords[i/note%len(chords)] {
			for k := 1.0; k <= 4; k++ {
				x[i] += float32(0.05 / k * math.Exp(-3*at) * math.Sin(2*math.Pi*k*f*float64(i)/second))
			}
		}
	}
	return x
}

// voice glides as a voice does, with a pause after each word of 0.3 s, in noise.
func voice(n int, noise float64) []float32 {
	r := rand.New(rand.NewPCG(1, 2))
	x := make([]float32, n)
	phase, from, to := 0.0, 120.0, 130.0
	const word = 2 * second / 5
	for i := range x {
		at := float64(i%word) / word
		if i%word == 0 {
			from, to = to, 90+80*r.Float64()
		}
		phase += 2 * math.Pi * (from + (to-from)*at) / second
		if at < 0.75 {
			for k := 1.0; k <= 25; k++ {
				x[i] += float32(0.05 / k * math.Sin(k*phase))
			}
		}
		x[i] += float32(noise * r.NormFloat64())
	}
	return x
}

// hear returns from which second on what is heard is music, -1 for never, and how much of the
// time it is.
func hear(d *Detector, left, right []float32) (since, share float64) {
	since = -1
	n := 0
	for at := 0; at+dsp.Hop <= len(left); at += dsp.Hop {
		d.Hear(left[at:][:dsp.Hop], right[at:][:dsp.Hop])
		if d.Music() {
			n++
			if since < 0 {
				since = float64(at+dsp.Hop) / second
			}
		}
	}
	return since, float64(n*dsp.Hop) / float64(len(left))
}

// A song is music within 2 s and stays so; voices, in noise and without, are not, nor is noise.
func TestMusicIsTold(t *testing.T) {
	x := song(20 * second)
	since, share := hear(New(), x, x)
	t.Logf("a song: after %.2f s, %.0f %% of the time", since, 100*share)
	if since < 0 || since > 2 || share < 0.9 {
		t.Error("a song is not told")
	}
	for name, x := range map[string][]float32{"voice": voice(20*second, 0), "noisy voice": voice(20*second, 0.02),
		"noise": voice(20*second, 0.5), "silence": make([]float32, 20*second)} {
		if since, share := hear(New(), x, x); share > 0.05 {
			t.Errorf("%s: music after %.2f s, %.0f %% of the time", name, since, 100*share)
		}
	}
}

// After a song a voice is no music any more, at once after a pause and soon without one.
func TestMusicEnds(t *testing.T) {
	for name, pause := range map[string]int{"pause": 4 * second, "none": 0} {
		d := New()
		x := append(song(5*second), make([]float32, pause)...)
		hear(d, x, x)
		v := voice(10*second, 0.005)
		hear(d, v[:4*second], v[:4*second])
		if _, share := hear(d, v[4*second:], v[4*second:]); share > 0 {
			t.Errorf("%s: a voice after a song is music for %.0f %% of the time", name, 100*share)
		}
	}
}

// The hum of mains in a voice is no music.
func TestHumIsNoMusic(t *testing.T) {
	x := voice(20*second, 0.002)
	for i := range x {
		for _, f := range []float64{100, 150, 200, 250, 300, 350} {
			x[i] += float32(0.004 * math.Sin(2*math.Pi*f*float64(i)/second))
		}
	}
	d := New()
	hear(d, x[:6*second], x[:6*second])
	if since, share := hear(d, x[6*second:], x[6*second:]); share > 0.05 {
		t.Errorf("after 6 s: music after %.2f s, %.0f %% of the time", since, 100*share)
	}
}

func TestHearAlloc(t *testing.T) {
	d, x := New(), song(dsp.Hop)
	if n := testing.AllocsPerRun(100, func() { d.Hear(x, x) }); n != 0 {
		t.Errorf("%v allocations a hop", n)
	}
}

func BenchmarkHear(b *testing.B) {
	d, x := New(), song(second)
	for i := 0; b.Loop(); i = (i + dsp.Hop) % second {
		d.Hear(x[i:][:dsp.Hop], x[i:][:dsp.Hop])
	}
}
