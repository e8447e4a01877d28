package monitor

import (
	"math"
	"sync/atomic"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/control"
)

const (
	// Below pauseBelow a hop counts as a pause, above speechAbove as speech;
	// between the two it counts as neither.
	pauseBelow  = 0.2
	speechAbove = 0.8
)

// abRecording gathers a recording in memory: 10 s are 5.8 MB.
type abRecording struct {
	raw, clean, removed []float32
	taken               atomic.Int64 // hops
	lost                int

	pauses, speech         int // hops
	pauseRaw, pauseClean   float64
	speechRaw, speechClean float64
}

func newABRecording(hops int) *abRecording {
	n := hops * audioio.BlockSize
	return &abRecording{raw: make([]float32, 0, n), clean: make([]float32, 0, n), removed: make([]float32, 0, n)}
}

// add takes a hop and reports whether there was room for it.
func (t *abRecording) add(h *Hop) bool {
	if len(t.raw) == cap(t.raw) {
		return false
	}
	if len(t.raw) > 0 {
		t.lost += h.Lost // before the first one nothing was wanted
	}
	t.raw = append(t.raw, h.In[:]...)
	t.clean = append(t.clean, h.Out[:]...)
	removed := h.Removed()
	t.removed = append(t.removed, removed[:]...)
	in, out := energy(&h.In)/audioio.BlockSize, energy(&h.Out)/audioio.BlockSize/float64(h.Gain*h.Gain)
	switch {
	case h.Speech < pauseBelow:
		t.pauses++
		t.pauseRaw += in
		t.pauseClean += out
	case h.Speech > speechAbove:
		t.speech++
		t.speechRaw += in
		t.speechClean += out
	}
	t.taken.Add(1)
	return true
}

// samples returns a track.
func (t *abRecording) samples(track control.Track) []float32 {
	switch track {
	case control.TrackRaw:
		return t.raw
	case control.TrackClean:
		return t.clean
	}
	return t.removed
}

// figures says what changed, levelling left aside. What pauses hold is taken off
// the power of speech on both sides, so that removing the noise under it does not
// count as loss.
func (t *abRecording) figures(latencyMS float64) control.Figures {
	mean := func(sum float64, n int) float64 { return sum / float64(max(n, 1)) }
	noiseRaw, noiseClean := mean(t.pauseRaw, t.pauses), mean(t.pauseClean, t.pauses)
	voiceRaw := mean(t.speechRaw, t.speech) - noiseRaw
	voiceClean := mean(t.speechClean, t.speech) - noiseClean
	f := control.Figures{
		NoiseDB: powerDB(noiseRaw), SpeechDB: powerDB(mean(t.speechRaw, t.speech)),
		LatencyMS: math.Round(10*latencyMS) / 10, Lost: t.lost,
	}
	f.NoiseRemovedDB = math.Round(10*(f.NoiseDB-powerDB(noiseClean))) / 10
	if t.speech > 0 && voiceRaw > 0 && voiceClean > 0 {
		f.SpeechKeptDB = math.Round(100*math.Log10(voiceClean/voiceRaw)) / 10
	}
	if n := len(t.raw) / audioio.BlockSize; n > 0 {
		f.SpeechPercent = math.Round(100 * float64(t.speech) / float64(n))
	}
	return f
}
