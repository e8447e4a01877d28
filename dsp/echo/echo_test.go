package echo

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stillmic/stillmic/dsp"
)

const second = dsp.SampleRate

// talk makes something like a voice: noise of a falling spectrum in syllables, four a second.
func talk(seed uint64, seconds float64) []float32 {
	r := rand.New(rand.NewPCG(seed, 1))
	x := make([]float32, int(seconds*second))
	low := 0.0
	for i := range x {
		white := r.NormFloat64()
		low += 0.1 * (white - low)
		syllable := max(0, math.Sin(2*math.Pi*4*float64(i)/second)+0.6)
		x[i] = float32(syllable * (0.12*low + 0.01*white))
	}
	return x
}

// room makes a response: the direct sound after delay samples, and a tail that falls by 60 dB in 0.2 s.
func room(seed uint64, delay int) []float32 {
	r := rand.New(rand.NewPCG(seed, 2))
	const n = second / 5
	h := make([]float32, delay+n)
	for i := range n {
		h[delay+i] = float32(0.03 * r.NormFloat64() * math.Exp(-6.9*float64(i)/n))
	}
	h[delay] = 0.7
	return h
}

// through convolves block by block, as a test may take its time only so long.
func through(x, h []float32) []float32 {
	y := make([]float32, len(x))
	var t dsp.Transform
	blocks := (len(h) + dsp.Hop - 1) / dsp.Hop
	hs := make([][dsp.Bins]complex64, blocks)
	block := make([]float32, dsp.Window)
	for b := range hs {
		clear(block)
		copy(block[:dsp.Hop], h[b*dsp.Hop:])
		t.Forward(hs[b][:], block)
	}
	past := make([][dsp.Bins]complex64, blocks)
	sum := make([]complex64, dsp.Bins)
	for at := 0; at+dsp.Hop <= len(x); at += dsp.Hop {
		clear(block)
		copy(block[dsp.Hop:], x[at:at+dsp.Hop])
		if at > 0 {
			copy(block, x[at-dsp.Hop:at])
		}
		now := at / dsp.Hop
		t.Forward(past[now%blocks][:], block)
		clear(sum)
		for b := range min(blocks, now+1) {
			for k, v := range past[(now-b)%blocks] {
				sum[k] += v * hs[b][k]
			}
		}
		t.Inverse(block, sum)
		copy(y[at:], block[dsp.Hop:])
	}
	return y
}

// cancel runs a canceller over whole signals; the reference comes half a second ahead.
func cancel(c *Canceller, far, mic []float32) []float32 {
	const ahead = second / 2
	far = append(append([]float32{}, far...), make([]float32, ahead)...)
	out := make([]float32, len(mic))
	c.Play(far[:ahead])
	for at := 0; at+dsp.Hop <= len(mic); at += dsp.Hop {
		c.Play(far[ahead+at:][:dsp.Hop])
		c.Process(out[at:], mic[at:at+dsp.Hop])
	}
	return out
}

// lowered is by how many dB y is softer than x from one second to another.
func lowered(x, y []float32, from, to float64) float64 {
	a, b := int(from*second), int(to*second)
	return 10 * math.Log10(energy(x[a:b])/max(energy(y[a:b]), 1e-12))
}

func add(x, y []float32) []float32 {
	z := make([]float32, len(x))
	for i := range z {
		z[i] = x[i] + y[i]
	}
	return z
}

// An echo is gone in three seconds, wherever it comes from, and however much later.
func TestEchoIsCancelled(t *testing.T) {
	far := talk(1, 10)
	for name, delay := range map[string]int{"at once": 200, "after 120 ms": 5760, "after 700 ms": 33600} {
		t.Run(name, func(t *testing.T) {
			mic := through(far, room(1, delay))
			c := New()
			out := cancel(c, far, mic)
			if got := lowered(mic, out, 3, 5); got < 20 {
				t.Errorf("after 3 s the echo is lowered by %.1f dB, want 20", got)
			}
			if got := lowered(mic, out, 8, 10); got < 30 {
				t.Errorf("after 8 s the echo is lowered by %.1f dB, want 30", got)
			}
			if got, want := c.State().Delay, float64(delay)/48; math.Abs(got-want) > 1 {
				t.Errorf("the delay is said to be %.1f ms, it is %.1f", got, want)
			}
		})
	}
}

// Where the way to the microphone changes, the echo is gone again in three seconds.
func TestChangedPath(t *testing.T) {
	far := talk(2, 16)
	one, other := through(far, room(3, 300)), through(far, room(3, 300+60*48))
	for i := range 8 * second {
		other[i] = one[i]
	}
	out := cancel(New(), far, other)
	if got := lowered(other, out, 11, 13); got < 20 {
		t.Errorf("3 s after the delay has jumped by 60 ms the echo is lowered by %.1f dB, want 20", got)
	}
}

// Where there was no echo for long, as with the volume at zero, one that begins is gone in three seconds.
func TestVolumeTurnedUp(t *testing.T) {
	far := talk(14, 20)
	mic := through(far, room(14, 400))
	clear(mic[:12*second])
	out := cancel(New(), far, mic)
	if got := lowered(mic, out, 15, 17); got < 20 {
		t.Errorf("3 s after it has begun the echo is lowered by %.1f dB, want 20", got)
	}
}

// A microphone whose clock is slower or faster is found out and followed.
func TestClocks(t *testing.T) {
	far := talk(4, 14)
	for _, ppm := range []float64{-120, 50} {
		echo := through(far, room(4, 600))
		r := dsp.NewResampler()
		r.SetDrift(ppm)
		mic := make([]float32, dsp.Room(len(echo))+2)
		n := r.Process(mic, echo[:1]) // the rate is reached over the first block
		mic = mic[:n+r.Process(mic[n:], echo[1:])]
		mic = mic[:min(len(mic), len(far))/dsp.Hop*dsp.Hop]
		c := New()
		out := cancel(c, far, mic)
		if got := lowered(mic, out, 8, 13); got < 25 {
			t.Errorf("at %+.0f ppm the echo is lowered by %.1f dB, want 25", ppm, got)
		}
		if got := c.State().Drift; math.Abs(got-ppm) > 5 {
			t.Errorf("the clocks are said to differ by %.1f ppm, they do by %.1f", got, ppm)
		}
	}
}

// In double talk the near voice stays: what is not the voice is far less than before.
func TestDoubleTalk(t *testing.T) {
	far, near := talk(5, 14), talk(6, 14)
	clear(near[:7*second])
	mic := add(through(far, room(5, 400)), near)
	out := cancel(New(), far, mic)
	from := 7 * second
	noise := make([]float32, len(mic))
	for i := range noise {
		noise[i] = out[i] - near[i]
	}
	before := 10 * math.Log10(energy(near[from:])/energy(add(mic[from:], scaled(near[from:], -1))))
	after := 10 * math.Log10(energy(near[from:])/energy(noise[from:]))
	if after < before+12 {
		t.Errorf("the voice stands %.1f dB above the echo, before %.1f; want 12 more", after, before)
	}
}

func scaled(x []float32, g float32) []float32 {
	y := make([]float32, len(x))
	for i := range y {
		y[i] = g * x[i]
	}
	return y
}

// While nothing is played the microphone passes to the bit, before an echo and after one.
func TestSilentReferencePassesBitForBit(t *testing.T) {
	far, near := talk(7, 9), talk(8, 9)
	clear(far[:2*second])
	clear(far[6*second:])
	mic := add(through(far, room(7, 400)), near)
	out := cancel(New(), far, mic)
	for _, part := range [][2]int{{0, 2 * second}, {6*second + 3*second/10, 9 * second}} {
		for i := part[0]; i < part[1]; i++ {
			if out[i] != mic[i] {
				t.Fatalf("sample %d is %g, want %g", i, out[i], mic[i])
			}
		}
	}
}

// A reference that the microphone does not hear at all, or one that is far too loud, never makes
// the microphone louder, and leaves a voice as it is.
func TestNothingGetsLouder(t *testing.T) {
	near := talk(9, 10)
	for name, gain := range map[string]float32{"as loud": 1, "a hundred times as loud": 100, "a hundredth": 0.01} {
		out := cancel(New(), scaled(talk(10, 10), gain), near)
		for at := 0; at+second/10 <= len(near); at += second / 10 {
			was, is := energy(near[at:at+second/10]), energy(out[at:at+second/10])
			if is > 2*was+1e-4 {
				t.Fatalf("%s: at %.1f s the power is %.1f dB more", name, float64(at)/second, 10*math.Log10(is/was))
			}
		}
		if got := lowered(near, out, 0, 10); math.Abs(got) > 0.5 {
			t.Errorf("%s: the voice is lowered by %.2f dB", name, got)
		}
	}
}

// A microphone of no numbers is given on as it is, and the next seconds are as ever.
func TestNoNumbers(t *testing.T) {
	far := talk(11, 8)
	mic := through(far, room(11, 400))
	mic[second] = float32(math.NaN())
	mic[second+1] = float32(math.Inf(1))
	out := cancel(New(), far, mic)
	if got := lowered(mic, out, 6, 8); !(got > 20) {
		t.Errorf("after no numbers the echo is lowered by %.1f dB, want 20", got)
	}
}

// The hop's memory may be one and the same, and none is made.
func TestProcessAlloc(t *testing.T) {
	far := talk(12, 4)
	mic := through(far, room(12, 6000))
	c := New()
	at := 0
	n := testing.AllocsPerRun(len(far)/dsp.Hop-1, func() {
		c.Play(far[at:][:dsp.Hop])
		c.Process(mic[at:], mic[at:at+dsp.Hop])
		at += dsp.Hop
	})
	if n != 0 {
		t.Errorf("%g allocations in a hop", n)
	}
}

func BenchmarkProcess(b *testing.B) {
	far := talk(13, 10)
	mic := through(far, room(13, 400))
	c := New()
	out := make([]float32, dsp.Hop)
	at := 0
	for b.Loop() {
		c.Play(far[at:][:dsp.Hop])
		c.Process(out, mic[at:at+dsp.Hop])
		at = (at + dsp.Hop) % len(far)
	}
}

func BenchmarkSilence(b *testing.B) {
	c := New()
	hop := make([]float32, dsp.Hop)
	for b.Loop() {
		c.Play(hop)
		c.Process(hop, hop)
	}
}

// bent is what a loudspeaker at its limit makes of a sound: softly clipped, and louder by the half where it is soft.
func bent(x []float32) []float32 {
	y := make([]float32, len(x))
	loud := 0.0
	for i, v := range x {
		loud = max(math.Abs(float64(v)), loud*0.9995)
		y[i] = float32(0.3 * math.Tanh(6*float64(v)) / (0.3 + loud))
	}
	return y
}

// What a loudspeaker bends no filter takes off; while the far end is alone it goes all the same, from the first word on.
func TestBentLoudspeaker(t *testing.T) {
	far := talk(15, 10)
	mic := through(bent(far), room(15, 1700))
	out := cancel(New(), far, mic)
	for _, part := range []struct{ from, to, want float64 }{{0.2, 1, 15}, {1, 3, 25}, {3, 10, 30}} {
		if got := lowered(mic, out, part.from, part.to); got < part.want {
			t.Errorf("from %.1f to %.1f s the echo is lowered by %.1f dB, want %.0f", part.from, part.to, got, part.want)
		}
	}
}

// A voice beside such a loudspeaker stays, at its level and above the echo.
func TestDoubleTalkBentLoudspeaker(t *testing.T) {
	far, near := talk(16, 14), talk(17, 14)
	clear(near[:7*second])
	echo := through(bent(far), room(16, 400))
	loud := math.Sqrt(energy(near[7*second:]) / energy(echo[7*second:]))
	out := cancel(New(), far, add(scaled(echo, float32(loud)), near))
	var voice, both float64
	for i := 7 * second; i < len(near); i++ {
		voice += float64(near[i]) * float64(near[i])
		both += float64(near[i]) * float64(out[i])
	}
	if kept := 20 * math.Log10(both/voice); kept < -3 || kept > 1 {
		t.Errorf("of the voice %.1f dB are left, want between -3 and 1", kept)
	}
	if left := 10 * math.Log10(energy(out[7*second:])/voice); left > 1.5 {
		t.Errorf("voice and what is left of the echo are %.1f dB above the voice, want 1.5 at most", left)
	}
}

// A voice that was there before the far end began is kept, from the far end's first word on.
func TestFarEndBeginsBesideVoice(t *testing.T) {
	far, near := scaled(talk(18, 6), 0.1), talk(19, 6)
	clear(far[:2*second])
	out := cancel(New(), far, add(through(far, room(18, 400)), near))
	for _, part := range [][2]float64{{2, 2.3}, {2.3, 2.8}, {3, 6}} {
		if got := lowered(near, out, part[0], part[1]); math.Abs(got) > 1 {
			t.Errorf("from %.1f to %.1f s the voice is lowered by %.1f dB", part[0], part[1], got)
		}
	}
}

// A microphone's own noise before the far end begins is no voice: the far end's first word goes all the same.
func TestFarEndBeginsBesideNoise(t *testing.T) {
	far, r := talk(23, 3), rand.New(rand.NewPCG(23, 3))
	clear(far[:second])
	mic := through(far, room(23, 400))
	for i := range mic {
		mic[i] += float32(1e-3 * r.NormFloat64())
	}
	out := cancel(New(), far, mic)
	if got := lowered(mic, out, 1.05, 1.8); got < 15 {
		t.Errorf("in its first 0.8 s the echo is lowered by %.1f dB, want 15", got)
	}
}

// A loudspeaker that is turned up until it bends what it plays goes on being lowered.
func TestLoudspeakerTurnedUp(t *testing.T) {
	far := talk(20, 24)
	linear, mic := through(scaled(far, 0.3), room(20, 400)), through(bent(far), room(20, 400))
	copy(mic[:8*second], linear)
	out := cancel(New(), far, mic)
	if got := lowered(mic, out, 21, 24); got < 20 {
		t.Errorf("the echo is lowered by %.1f dB, want 20", got)
	}
}

// After a loudspeaker that bends what it plays come headphones that are said to be a loudspeaker: the voice stays.
func TestVoiceAfterBentLoudspeaker(t *testing.T) {
	far, near := talk(21, 24), talk(22, 24)
	mic := through(bent(far), room(21, 400))
	copy(mic[12*second:], near[12*second:])
	c := New()
	out := cancel(c, far[:12*second], mic[:12*second])
	c.Resume()
	out = append(out, cancel(c, far[12*second:], mic[12*second:])...)
	for at := 12.0; at < 24; at++ {
		if got := lowered(mic, out, at, at+1); math.Abs(got) > 1 {
			t.Errorf("from %.0f s on the voice is lowered by %.1f dB", at, got)
		}
	}
}
