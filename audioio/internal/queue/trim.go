package queue

import "github.com/stillmic/stillmic/audioio"

const (
	// trimWindow is the number of blocks over which slack must have lain
	// unused before it is taken out: 500 ms.
	trimWindow = 50

	// trimSlack is the audio, in samples, beyond what is wanted that is left
	// alone: 2.5 ms, which matching the rates makes good within some seconds.
	trimSlack = 120

	// trimFade is the length of the cross-fade that hides a cut: 2.5 ms.
	trimFade = 120

	// trimLeast is the smallest cut: 2.5 ms. Below, it is not worth it.
	trimLeast = 120
)

// Trimmer keeps the delay of a playback stream from growing. After a stall the
// server has played silence for a while, and all audio is late by as much from
// then on; what is never used of the queue is that lateness. It is cut out at
// one place, with a cross-fade, in a quiet moment if there is one soon.
type Trimmer struct {
	low     int // least that was queued beyond what is wanted when a block came, in this window
	blocks  int // blocks seen in this window
	excess  int // samples to cut
	waited  int // blocks a cut has waited for a quiet moment
	loud    float32
	shorter [audioio.MaxSamples]float32

	tail [trimFade]float32 // what came before a long cut would have gone on with this
	left int               // samples of a long cut that are still to come, 0: none
}

// Next takes a block, or a few samples more or less, and what is queued before
// it beyond what is wanted, and returns the samples to play in its place: the
// same, fewer, or none. They are valid until the next call.
func (t *Trimmer) Next(b []float32, over int) []float32 {
	if t.left > 0 {
		return t.resume(b, over)
	}
	if t.blocks == 0 || over < t.low {
		t.low = over
	}
	t.blocks++
	if t.blocks == trimWindow {
		t.blocks = 0
		t.excess = 0
		if excess := t.low - trimSlack; excess >= trimLeast {
			t.excess = excess
		}
	}
	peak := peakOf(b)
	t.loud = max(peak, t.loud*0.98) // falls by half in 340 ms
	if t.excess == 0 {
		t.waited = 0
		return b
	}
	// 20 dB below what was loud lately is a pause; after a window, cut anyway.
	if peak > t.loud/10 && t.waited < trimWindow-1 {
		t.waited++
		return b
	}
	if len(b) < 2*trimFade {
		return b
	}
	cut := t.excess
	t.excess, t.waited, t.blocks = 0, 0, 0
	if cut <= len(b)-2*trimFade {
		return t.splice(b, cut)
	}
	return t.begin(b, cut)
}

// begin ends the audio before a cut that is longer than a block has room for, n samples
// before where resume goes on.
func (t *Trimmer) begin(b []float32, n int) []float32 {
	kept := len(b) - trimFade
	copy(t.tail[:], b[kept:])
	t.left = n - trimFade
	return b[:kept]
}

// resume leaves out what is still to be cut, and joins what comes then to what begin
// ended. A queue that has emptied meanwhile needs the rest.
func (t *Trimmer) resume(b []float32, over int) []float32 {
	if over <= 0 {
		t.left = 0
	}
	if t.left+trimFade > len(b) {
		t.left = max(t.left-len(b), 1)
		return b[:0]
	}
	out := t.shorter[:copy(t.shorter[:], b[t.left:])]
	trimJoin(out, t.tail[:], out)
	t.left = 0
	return out
}

// splice cuts n samples out of the middle of b.
func (t *Trimmer) splice(b []float32, n int) []float32 {
	out := t.shorter[:len(b)-n]
	start := (len(out) - trimFade) / 2
	copy(out, b[:start])
	trimJoin(out[start:], b[start:], b[start+n:])
	copy(out[start+trimFade:], b[start+n+trimFade:])
	return out
}

// trimJoin cross-fades from one piece of audio to another over the first trimFade samples
// of out, which may be either.
func trimJoin(out, from, to []float32) {
	for i := range trimFade {
		g := (float32(i) + 0.5) / trimFade
		out[i] = (1-g)*from[i] + g*to[i]
	}
}

func peakOf(b []float32) float32 {
	var p float32
	for _, v := range b {
		p = max(p, v, -v)
	}
	return p
}
