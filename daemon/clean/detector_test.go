package clean

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model"
)

// heard counts hops that the network was asked about.
type heard struct{ hops, speech, sure int }

func (h *heard) add(p float32) {
	h.hops++
	if p >= 0.5 {
		h.speech++
	}
	if p >= 0.7 {
		h.sure++
	}
}

func (h *heard) percent(n int) float64 { return 100 * float64(n) / float64(max(h.hops, 1)) }

// TestSpeechDetector measures what levelling and --loudness follow, the network's speech
// probability, against mixes whose voices are known. Speech is a hop of the voice within 30 dB of
// its level, a pause one that no voice has been in for 0.3 s; what is between is left aside.
// Where the voice is alone it is missed seldom, and noise alone is seldom taken for one.
func TestSpeechDetector(t *testing.T) {
	dir := os.Getenv("STILLMIC_MIXES")
	if dir == "" {
		t.Skip("SKIPPED: STILLMIC_MIXES names no folder of mixes of known voices, the speech detector is not measured")
	}
	b, err := os.ReadFile(filepath.Join(dir, "meta.json"))
	if err != nil {
		t.Fatal(err)
	}
	var mixes map[string]struct {
		Kind string `json:"kind"`
		Room bool   `json:"room"`
	}
	if err := json.Unmarshal(b, &mixes); err != nil {
		t.Fatal(err)
	}
	w, err := model.Default()
	if err != nil {
		t.Fatal(err)
	}
	var speech, pauses, noise, clean heard
	kinds, voices, falseVoices, noises := map[string]*heard{}, 0, 0, 0
	for i, name := range slices.Sorted(maps.Keys(mixes)) {
		if testing.Short() && i%4 != 0 {
			continue
		}
		voice, mix := readMix(t, filepath.Join(dir, "clean", name+".flac")), readMix(t, filepath.Join(dir, "noisy", name+".flac"))
		says, spoken := labels(voice)
		track, found := detect(w, mix)
		kind := mixes[name].Kind
		for at, p := range track {
			switch {
			case says[at] && kind == "clean":
				clean.add(p)
			case says[at]:
				speech.add(p)
			case !spoken[at]:
				pauses.add(p)
			}
		}
		if slices.Contains(says, true) && found {
			voices++
		}
		if mixes[name].Room || kind == "clean" { // reverberation of the voice is no noise
			continue
		}
		for n := range mix {
			mix[n] -= voice[n]
		}
		track, found = detect(w, mix)
		noises++
		if found {
			falseVoices++
		}
		if kinds[kind] == nil {
			kinds[kind] = &heard{}
		}
		for _, p := range track {
			noise.add(p)
			kinds[kind].add(p)
		}
	}
	t.Logf("speech alone: %.1f %% of %d hops missed; in noise: %.1f %% of %d; voices found in %d mixes", 100-clean.percent(clean.speech), clean.hops,
		100-speech.percent(speech.speech), speech.hops, voices)
	t.Logf("pauses in noise: %.1f %% of %d hops taken for speech, %.1f %% surely", pauses.percent(pauses.speech), pauses.hops, pauses.percent(pauses.sure))
	t.Logf("noise alone: %.1f %% of %d hops taken for speech, %.1f %% surely; a voice is found in %d of %d", noise.percent(noise.speech), noise.hops,
		noise.percent(noise.sure), falseVoices, noises)
	for _, k := range slices.Sorted(maps.Keys(kinds)) {
		t.Logf("  %s: %.1f %%, %.1f %% surely", k, kinds[k].percent(kinds[k].speech), kinds[k].percent(kinds[k].sure))
	}
	if missed := 100 - speech.percent(speech.speech); missed > 40 || clean.hops > 0 && clean.percent(clean.speech) < 80 {
		t.Errorf("speech missed: %.1f %% in noise, %.1f %% alone", missed, 100-clean.percent(clean.speech))
	}
	if f := noise.percent(noise.speech); f > 30 {
		t.Errorf("%.1f %% of noise is taken for speech", f)
	}
}

func readMix(t *testing.T, path string) []float32 {
	t.Helper()
	x, f := readFile(t, path)
	if f.Rate != dsp.SampleRate || f.Channels != 1 {
		t.Fatalf("%s: %v", path, f)
	}
	return x
}

// detect returns the probability of speech in every hop of x, and whether somebody talks in it.
func detect(w *model.Weights, x []float32) (track []float32, voice bool) {
	var talk dsp.Talk
	s := model.NewSuppressor(w)
	out, late := make([]float32, dsp.Hop), s.Delay()/dsp.Hop
	for at := 0; at+dsp.Hop <= len(x); at += dsp.Hop {
		s.Process(out, x[at:][:dsp.Hop])
		track = append(track, s.SpeechProbability())
		talk.Hear(out, s.SpeechProbability())
	}
	for range late {
		clear(out)
		s.Process(out, make([]float32, dsp.Hop))
		track = append(track, s.SpeechProbability())
	}
	return track[late:], talk.Found()
}

// labels says of every hop of a clean voice whether it is speech, and whether there is any within
// 0.3 s of it.
func labels(x []float32) (speech, near []bool) {
	const within, around, silence = 30, 30, 1e-10 // dB, hops, mean square
	var powers []float64
	sum, n := 0.0, 0
	for at := 0; at+dsp.Hop <= len(x); at += dsp.Hop {
		p := float64(dsp.Energy(x[at:][:dsp.Hop])) / dsp.Hop
		powers = append(powers, p)
		if p > silence {
			sum += p
			n++
		}
	}
	least := max(sum/float64(max(n, 1))*dsp.Gain(-2*within), silence)
	speech, near = make([]bool, len(powers)), make([]bool, len(powers))
	for i, p := range powers {
		if speech[i] = p >= least; !speech[i] && p < silence {
			continue
		}
		for j := max(0, i-around); j < min(len(near), i+around+1); j++ {
			near[j] = true
		}
	}
	return speech, near
}
