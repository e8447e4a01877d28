package audioio

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

// trimmer keeps the delay of a playback stream from growing. After a stall the
// server has played silence for a while, and all audio is late by as much from
// then on; what is never used of the queue is that lateness. It is cut out of
// one block, with a cross-fade, in a quiet moment if there is one soon.
type trimmer struct {
	low     int // least that was queued beyond what is wanted when a block came, in this window
	blocks  int // blocks seen in this window
	excess  int // samples to cut
	waited  int // blocks a cut has waited for a quiet moment
	loud    float32
	shorter [maxWrite]float32
}

// next takes a block, or a few samples more or less, and what is queued before
// it beyond what is wanted, and returns the samples to play in its place: the
// same, or fewer. They are valid until the next call.
func (t *trimmer) next(b []float32, over int) []float32 {
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
	cut := min(t.excess, len(b)-2*trimFade)
	if cut <= 0 {
		return b
	}
	// What one block cannot lose the next ones do, without another look.
	if t.excess -= cut; t.excess < trimLeast {
		t.excess, t.waited = 0, 0
	}
	t.blocks = 0
	return t.splice(b, cut)
}

// splice cuts n samples out of the middle of b.
func (t *trimmer) splice(b []float32, n int) []float32 {
	out := t.shorter[:len(b)-n]
	start := (len(out) - trimFade) / 2
	copy(out, b[:start])
	for i := range trimFade {
		g := (float32(i) + 0.5) / trimFade
		out[start+i] = (1-g)*b[start+i] + g*b[start+n+i]
	}
	copy(out[start+trimFade:], b[start+n+trimFade:])
	return out
}

func peakOf(b []float32) float32 {
	var p float32
	for _, v := range b {
		p = max(p, v, -v)
	}
	return p
}
