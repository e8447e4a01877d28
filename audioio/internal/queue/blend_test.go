package queue

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/stillmic/stillmic/audioio"
)

// frames makes interleaved float32 samples: a tone of one period in 48 frames with a gain for
// each channel.
func toneFrames(n int, gains ...float32) []byte {
	var p []byte
	for i := range n {
		v := float32(math.Sin(2 * math.Pi * float64(i) / 48))
		for _, g := range gains {
			p = binary.LittleEndian.AppendUint32(p, math.Float32bits(g*v))
		}
	}
	return p
}

// The voice is heard at its level whichever input it is in, half of it from one channel of two,
// and all of it where one of the two is inverted.
func TestBlendFindsTheVoice(t *testing.T) {
	many := func(k, n int) []float32 {
		g := make([]float32, n)
		for i := range g {
			g[i] = 0.001
		}
		g[k] = 0.1
		return g
	}
	for name, c := range map[string]struct {
		gains []float32
		peak  float32
	}{
		"mono":          {[]float32{0.1}, 0.1},
		"stereo":        {[]float32{0.1, 0.1}, 0.1},
		"one ear":       {[]float32{0.1, 0}, 0.05},
		"inverted":      {[]float32{0.1, -0.1}, 0.1},
		"first of 8":    {many(0, 8), 0.1},
		"third of 8":    {many(2, 8), 0.1},
		"last of 7":     {many(6, 7), 0.1},
		"last of 32":    {many(31, 32), 0.1},
		"several of 18": {append([]float32{0.08, 0.1}, many(5, 16)...), 0.1},
	} {
		t.Run(name, func(t *testing.T) {
			m := NewBlend(len(c.gains))
			var mono audioio.Block
			for range 5 {
				m.Take(mono[:], toneFrames(audioio.BlockSize, c.gains...))
			}
			var peak float32
			for _, v := range mono {
				peak = max(peak, v, -v)
			}
			if peak < 0.75*c.peak || peak > 1.01*c.peak {
				t.Errorf("a peak of %.3f, want %.3f", peak, c.peak)
			}
		})
	}
}

// Another input's voice takes over without a step, and one that is only a little louder does
// not.
func TestBlendGoesOver(t *testing.T) {
	m := NewBlend(4)
	var mono audioio.Block
	last, steepest := float32(0), float32(0)
	hear := func(blocks int, gains ...float32) {
		for range blocks {
			m.Take(mono[:], toneFrames(audioio.BlockSize, gains...))
			for _, v := range mono {
				steepest = max(steepest, v-last, last-v)
				last = v
			}
		}
	}
	hear(100, 0.1, 0, 0, 0)
	hear(100, 0.1, 0.15, 0, 0)
	if m.now != 0 {
		t.Errorf("channel %d is heard, which is a little louder", m.now)
	}
	hear(200, 0, 0.15, 0, 0)
	if m.now != 1 {
		t.Errorf("channel %d is heard, want 1", m.now)
	}
	// The steepest step of the tone itself: 0.15 * 2 * pi / 48 = 0.02.
	if steepest > 0.025 {
		t.Errorf("a step of %.3f", steepest)
	}
}

// A chosen channel is heard alone, however loud the others are, and without one the levels decide
// again.
func TestBlendChosen(t *testing.T) {
	for _, channels := range []int{1, 2, 8} {
		m := NewBlend(channels)
		gains := make([]float32, channels)
		for k := range gains {
			gains[k] = 0.1 * float32(k+1)
		}
		var mono audioio.Block
		peak := func(choice int) (peak float32) {
			m.Choose(choice)
			for range 10 {
				m.Take(mono[:], toneFrames(audioio.BlockSize, gains...))
			}
			for _, v := range mono {
				peak = max(peak, v, -v)
			}
			return peak
		}
		for k, want := range gains {
			if got := peak(k + 1); got < 0.99*want || got > 1.01*want {
				t.Errorf("channel %d of %d: a peak of %.3f, want %.3f", k+1, channels, got, want)
			}
		}
		byLevel := peak(0)
		if got := peak(channels + 1); got != byLevel {
			t.Errorf("a channel that is not there: a peak of %.3f, by level %.3f", got, byLevel)
		}
	}
}

func TestBlendAlloc(t *testing.T) {
	m := NewBlend(8)
	var mono audioio.Block
	p := toneFrames(audioio.BlockSize, 0, 0, 0.1, 0, 0, 0, 0, 0)
	if n := testing.AllocsPerRun(100, func() { m.Take(mono[:], p) }); n != 0 {
		t.Errorf("%v allocations per block", n)
	}
}

func BenchmarkBlend(b *testing.B) {
	for _, channels := range []int{2, 8, 32} {
		b.Run(string(rune('0'+channels/10))+string(rune('0'+channels%10)), func(b *testing.B) {
			m := NewBlend(channels)
			var mono audioio.Block
			p := toneFrames(audioio.BlockSize, make([]float32, channels)...)
			for b.Loop() {
				m.Take(mono[:], p)
			}
		})
	}
}
