package demo

import (
	"math"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/daemon/synth"
)

// What was done to a recording is found again, wherever in the loop it began
// and though samples were lost on the way.
func TestMeasureFindsWhatWasDone(t *testing.T) {
	voice := synth.Voice(12*audioio.SampleRate, 1)
	noise := synth.Fan(len(voice), 0.05, 2)
	noisy := synth.Mix(voice, noise, 5)
	// Removing 20 dB of the noise and 1 dB of the voice, both 6 dB louder, 700
	// samples late.
	treated := make([]float32, len(voice))
	for i := range treated {
		n := noisy[i] - voice[i]
		treated[i] = 2 * (0.891*voice[i] + 0.1*n)
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
	all := Align(noisy, voice, before, after)
	if len(all.Voice) < 9*audioio.SampleRate || len(all.Voice) != len(all.Before) || len(all.Voice) != len(all.After) {
		t.Fatalf("aligned %d, %d and %d samples", len(all.Voice), len(all.Before), len(all.After))
	}
	q, err := Measure(all)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(q.NoiseRemovedDB-19) > 0.5 || math.Abs(q.SpeechChangeDB-5) > 0.3 || q.SISDRAfter < q.SISDRBefore+4 { // a third of it is spoilt by the loss
		t.Errorf("measured %+v, want the noise 19 dB further down and the voice 5 dB louder", q)
	}
}

// A recording that runs at another pace, as after matching two clocks, is not
// taken for a bad one.
func TestAlignFollowsTheClock(t *testing.T) {
	voice := synth.Voice(12*audioio.SampleRate, 1)
	noisy := synth.Mix(voice, synth.Fan(len(voice), 0.05, 2), 5)
	var before, after []float32
	for i := range 11 * audioio.SampleRate {
		before = append(before, noisy[i])
		at := 400 + float64(i)*(1-1e-3) // 1000 ppm slower
		k := int(at)
		f := float32(at - float64(k))
		after = append(after, (1-f)*voice[k]+f*voice[k+1])
	}
	q, err := Measure(Align(noisy, voice, before, after))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", q)
	if q.SISDRAfter < 9 { // the noise beside the voice costs a sample or two
		t.Errorf("a clean voice at another pace has an SI-SDR of %.1f dB", q.SISDRAfter)
	}
}

// recording cuts samples into packets of 10 ms that arrive in time, but for
// those that are lost.
func recording(x []float32, lost func(packet int) bool) (r soundserver.Recording) {
	begin := time.Unix(0, 0)
	for i := range len(x) / 480 {
		if lost(i) {
			continue
		}
		r.Packets = append(r.Packets, soundserver.Packet{At: begin.Add(time.Duration(i) * 10 * time.Millisecond), Start: len(r.Samples), Len: 480})
		r.Samples = append(r.Samples, x[i*480:(i+1)*480]...)
	}
	return r
}

// The delay is that of the moment, whatever was lost before.
func TestLags(t *testing.T) {
	x := soundserver.Noise(6*audioio.SampleRate, 0.5, 1)
	y := append(make([]float32, 700), x...)[:len(x)]
	a := recording(x, func(int) bool { return false })
	b := recording(y, func(i int) bool { return i > 30 && i < 90 })
	list := Lags(a, b, time.Second, 4)
	if len(list) != 4 {
		t.Fatalf("%d seconds, want 4", len(list))
	}
	for _, l := range list {
		if math.Abs(l-1000*700.0/audioio.SampleRate) > 0.1 {
			t.Errorf("%.3f ms, want %.3f", l, 1000*700.0/audioio.SampleRate)
		}
	}
}
