package demo

import (
	"math"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/audiotest"
	"github.com/stillmic/stillmic/daemon/synth"
)

// What was done to a recording is found again, wherever in the loop it began
// and though samples were lost on the way.
func TestMeasureFindsWhatWasDone(t *testing.T) {
	voice := synth.Voice(12*audioio.SampleRate, 1)
	noise := synth.Fan(len(voice), 0.05, 2)
	noisy := synth.Mix(voice, noise, 5)
	// Removing 20 dB of the noise and 1 dB of the voice, 700 samples late.
	treated := make([]float32, len(voice))
	for i := range treated {
		n := noisy[i] - voice[i]
		treated[i] = 0.891*voice[i] + 0.1*n
	}
	const start = 5*audioio.SampleRate + 123
	var before, after []float32
	for i := range 14 * audioio.SampleRate {
		if i > 300000 && i < 300400 {
			continue // lost in both
		}
		before = append(before, noisy[(start+i)%len(noisy)])
		after = append(after, treated[(start+i-700+len(noisy))%len(noisy)])
	}
	v, b, a := Align(noisy, voice, before, after)
	if len(v) < 9*audioio.SampleRate || len(v) != len(b) || len(v) != len(a) {
		t.Fatalf("aligned %d, %d and %d samples", len(v), len(b), len(a))
	}
	q := Measure(v, b, a)
	if math.Abs(q.NoiseRemovedDB-20) > 0.5 || math.Abs(q.SpeechKeptDB+1) > 0.3 || q.SISDRAfter < q.SISDRBefore+4 { // a third of it is spoilt by the loss
		t.Errorf("measured %+v, want 20 dB of noise and 1 dB of voice removed", q)
	}
}

func TestLags(t *testing.T) {
	x := audiotest.Noise(3*audioio.SampleRate, 0.5, 1)
	y := append(make([]float32, 480), x...)[:len(x)]
	packets := make([]audiotest.Packet, 0, 300)
	for i := range 300 {
		packets = append(packets, audiotest.Packet{Start: i * 480, Len: 480})
	}
	for i := range packets {
		packets[i].At = packets[0].At.Add(time.Duration(i) * 10 * time.Millisecond)
	}
	a, b := audiotest.Recording{Samples: x, Packets: packets}, audiotest.Recording{Samples: y, Packets: packets}
	for _, l := range Lags(a, b, 0, 3) {
		if math.Abs(l-10) > 0.01 {
			t.Errorf("%.3f ms, want 10", l)
		}
	}
}
