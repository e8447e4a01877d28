package recording_test

import (
	"math"
	"testing"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/recording"
	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model"
)

// amplifier is a chain that makes all ten times as loud, 20 dB.
type amplifier struct{ recording.VoiceChain }

func (amplifier) Prepare(*audioio.Block) {}
func (amplifier) Gain() float32          { return 10 }
func (amplifier) Delay() int             { return 0 }
func (amplifier) LookAhead() int         { return 0 }
func (amplifier) Process(b *audioio.Block, _ float32) {
	for i := range b {
		b[i] *= 10
	}
}

// TestLevellingRaisesNoNoise: noise comes out as far below what went in as the strength says,
// whatever levelling does to the voice.
func TestLevellingRaisesNoNoise(t *testing.T) {
	w, err := model.Default()
	if err != nil {
		t.Fatal(err)
	}
	in := hiss(3 * 48000)
	p, err := recording.NewProcessor(w, 1, recording.ProcessorOptions{Strength: 20, Chains: func(int) []recording.VoiceChain { return []recording.VoiceChain{amplifier{}} }})
	if err != nil {
		t.Fatal(err)
	}
	var out []float32
	for at := 0; at+dsp.Hop <= len(in); at += dsp.Hop {
		dst := make([]float32, dsp.Hop)
		p.Process([][]float32{dst}, [][]float32{append([]float32(nil), in[at:][:dsp.Hop]...)})
		out = append(out, dst...)
	}
	end := len(out) - 48000 // when the network knows the noise
	// What the network itself leaves comes on top.
	if d := level(out[end:]) - level(in[end:]); math.Abs(d+20) > 3 {
		t.Errorf("the noise is changed by %.1f dB, want -20", d)
	}
}
