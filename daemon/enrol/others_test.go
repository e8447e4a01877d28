package enrol

import (
	"slices"
	"testing"

	"github.com/stillmic/stillmic/audioio/recording"
	"github.com/stillmic/stillmic/daemon/synth"
	"github.com/stillmic/stillmic/daemon/voice"
	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model"
)

// TestOthersStayLowered: another's voice does not come back with the noise that --strength leaves, be
// the voice levelled or not.
func TestOthersStayLowered(t *testing.T) {
	mine := spoken(t)
	own, err := synth.Speech(t.Context(), "en-us", 0.1, synth.Sentences...)
	if err != nil {
		t.Fatal(err)
	}
	other, err := synth.Speech(t.Context(), "de+f3", 0.1, synth.Sentences...)
	if err != nil {
		t.Fatal(err)
	}
	sound := slices.Concat(own, other)
	for _, level := range []voice.Level{voice.Off, voice.Light} {
		for _, strength := range []float32{100, 12, 0} {
			o := recording.ProcessorOptions{Strength: strength, Chains: func(int) []recording.VoiceChain {
				return []recording.VoiceChain{voice.New(voice.Settings{Leveller: level, TargetLUFS: -20})}
			}}
			_, before := processed(t, o, sound)
			o.Voice = mine
			_, after := processed(t, o, sound)
			from := len(own) + 2*dsp.SampleRate
			if d := dsp.PowerDB(float64(dsp.Energy(after[from:])) / float64(dsp.Energy(before[from:]))); d > -12 {
				t.Errorf("strength %g, levelled %v: another's voice is changed by %.1f dB, must be -12 or less", strength, level, d)
			}
		}
	}
}

// TestShortVoiceIsFound: that the result comes later makes no voice too short to be one.
func TestShortVoiceIsFound(t *testing.T) {
	mine := spoken(t)
	own, err := synth.Speech(t.Context(), "en-us", 0, synth.Sentences[1])
	if err != nil {
		t.Fatal(err)
	}
	own = own[:dsp.SampleRate]
	for _, o := range []recording.ProcessorOptions{{Strength: 100}, {Strength: 100, Voice: mine}} {
		if p, _ := processed(t, o, own); !p.Voice(0) {
			t.Errorf("1 s of a voice is none, kept alone: %v", o.Voice != nil)
		}
	}
}

// processed is what a processor makes of a sound.
func processed(t *testing.T, o recording.ProcessorOptions, sound []float32) (p recording.Processor, out []float32) {
	t.Helper()
	w, err := model.Light()
	if err != nil {
		t.Fatal(err)
	}
	if p, err = recording.NewProcessor(w, 1, o); err != nil {
		t.Fatal(err)
	}
	total := len(sound) + p.Delay()
	for at := 0; at+dsp.Hop <= total; at += dsp.Hop {
		var src, dst [dsp.Hop]float32
		copy(src[:], sound[min(at, len(sound)):])
		p.Process([][]float32{dst[:]}, [][]float32{src[:]})
		out = append(out, dst[:]...)
	}
	return p, out[min(p.Delay(), len(out)):]
}
