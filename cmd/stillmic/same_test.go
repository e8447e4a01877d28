package main

import (
	"testing"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/recording"
	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/daemon/engine"
	"github.com/stillmic/stillmic/daemon/preset"
	"github.com/stillmic/stillmic/daemon/strength"
	"github.com/stillmic/stillmic/daemon/synth"
	"github.com/stillmic/stillmic/daemon/voice"
	"github.com/stillmic/stillmic/model"
)

// Every preset makes of a recording what it makes of the microphone, bit by bit:
// hum, clipped peaks and all that comes after the network included, but for levelling,
// which looks ahead in a recording.
func TestRecordingsSoundLikeTheMicrophone(t *testing.T) {
	w, err := model.Default()
	if err != nil {
		t.Fatal(err)
	}
	x := synth.Voice(6*audioio.SampleRate, 3)
	noise := soundserver.Noise(len(x), 0.01, 1)
	hum := soundserver.Sine(len(x), 50, 0.02)
	for i := range x {
		x[i] = min(max(2*x[i]+noise[i]+hum[i], -0.8), 0.8)
	}
	for _, name := range preset.Names() {
		p, err := preset.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		p.Voice.Leveller = voice.Off
		limit, err := strength.Parse(p.Strength)
		if err != nil {
			t.Fatal(err)
		}
		s, chain := model.NewSuppressor(w), voice.New(p.Voice)
		e := engine.New(s, limit)
		e.SetPostProcessor(chain)
		var in, live, file audioio.Block
		for range 2 { // the chain is faded in
			e.Hop(&live, &in)
		}
		s.Reset()
		chain.Reset()
		b, err := recording.NewProcessor(w, 1, recording.ProcessorOptions{Strength: float32(limit), Chains: func(n int) []recording.VoiceChain { return chains(p.Voice, n, false) }})
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(x); i += audioio.BlockSize {
			copy(in[:], x[i:])
			e.Hop(&live, &in)
			b.Process([][]float32{file[:]}, [][]float32{in[:]})
			if live != file {
				t.Errorf("%s: hop %d differs", name, i/audioio.BlockSize)
				break
			}
		}
	}
}
