package clean

import (
	"math"
	"slices"
	"testing"

	"github.com/stillmic/stillmic/audioio/recording"
	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/daemon/synth"
	"github.com/stillmic/stillmic/daemon/voice"
	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model"
)

// chains makes a chain for each channel.
func chains(s voice.Settings) func(int) []recording.VoiceChain {
	return func(channels int) (all []recording.VoiceChain) {
		for range channels {
			all = append(all, voice.New(s))
		}
		return all
	}
}

func processorOf(t *testing.T, w *model.Weights, channels int, o recording.ProcessorOptions) recording.Processor {
	t.Helper()
	b, err := recording.NewProcessor(w, channels, o)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// finished cleans one channel with a voice chain and nothing else: the network's
// strength is 0. It is the one that takes all of these voices, made here, for speech.
func finished(t *testing.T, x []float32, rate int, s voice.Settings) []float32 {
	t.Helper()
	w, err := model.Light()
	if err != nil {
		t.Fatal(err)
	}
	c, err := recording.NewCleaner(rate, 1, processorOf(t, w, 1, recording.ProcessorOptions{Chains: chains(s)}))
	if err != nil {
		t.Fatal(err)
	}
	var y []float32
	for i := 0; i < len(x); i += chunk {
		y = append(y, c.Process(x[i:min(i+chunk, len(x))]).Clean...)
	}
	return append(y, c.Flush(int64(len(x))).Clean...)
}

// at converts 48 kHz to a rate.
func at(t *testing.T, x []float32, rate int) []float32 {
	t.Helper()
	c, err := dsp.NewRateConverter(dsp.SampleRate, rate)
	if err != nil {
		t.Fatal(err)
	}
	return c.Flush(c.Convert(nil, x))
}

// A clipped recording is mended at whatever rate it was clipped, a soft one by a
// strong declipper only. Nothing comes so high that the limiter has to hold it.
func TestClippedRecordingIsMended(t *testing.T) {
	voiced := synth.Voice(6*dsp.SampleRate, 4)
	for _, c := range []struct {
		rate    int
		l       voice.Level
		ceiling float32
	}{{44100, voice.Light, 0.72}, {16000, voice.Strong, 0.3}} {
		x := at(t, voiced, c.rate)
		peak := float32(0)
		for _, v := range x {
			peak = max(peak, v, -v)
		}
		clipped := make([]float32, len(x))
		for i := range x {
			x[i] *= c.ceiling * 1.35 / peak // 2.6 dB are cut off
			clipped[i] = min(max(x[i], -c.ceiling), c.ceiling)
		}
		y := finished(t, clipped, c.rate, voice.Settings{Declip: c.l, Limit: -0.001})
		before, after := apart(x, clipped), apart(x, y)
		t.Logf("%d Hz, %v: %.1f dB, mended %.1f dB", c.rate, c.l, before, after)
		if after < before+3 {
			t.Errorf("%d Hz, %v: %.1f dB, was %.1f", c.rate, c.l, after, before)
		}
	}
}

// Hum goes from every channel by itself.
func TestHumIsTakenOutOfRecordings(t *testing.T) {
	const rate, seconds = 44100, 6
	w, err := model.Default()
	if err != nil {
		t.Fatal(err)
	}
	mains := []float64{49.97, 60.02} // of each channel
	in := make([]float32, 2*seconds*rate)
	for i := range in {
		for h := 1; h <= 5; h++ {
			in[i] += float32(0.02 / float64(h) * math.Sin(2*math.Pi*mains[i%2]*float64(h)*float64(i/2)/rate))
		}
	}
	c, err := recording.NewCleaner(rate, 2, processorOf(t, w, 2, recording.ProcessorOptions{Chains: chains(voice.Settings{Hum: voice.Light})}))
	if err != nil {
		t.Fatal(err)
	}
	y := c.Process(in).Clean
	for ch := range mains {
		last := func(x []float32) []float32 { // a second of a channel
			var one []float32
			for i := len(x) - 2*rate + ch; i < len(x); i += 2 {
				one = append(one, x[i])
			}
			return one
		}
		less := soundserver.DB(soundserver.RMS(last(in[:len(y)])) / soundserver.RMS(last(y)))
		t.Logf("%.2f Hz: %.1f dB less", mains[ch], less)
		if less < 12 {
			t.Errorf("%.2f Hz: %.1f dB less", mains[ch], less)
		}
	}
}

// Every other knob does something to a recording that has what it is for.
func TestEveryKnobActs(t *testing.T) {
	bad, calm := faulty(2), breathing(4)
	soft := synth.Voice(6*dsp.SampleRate, 5)
	for i := range soft {
		soft[i] *= 0.1
	}
	asIs := voice.Settings{Limit: -0.001}
	badAsIs, calmAsIs := finished(t, bad, dsp.SampleRate, asIs), finished(t, calm, dsp.SampleRate, asIs)
	softAsIs := finished(t, soft, dsp.SampleRate, asIs)
	for name, s := range map[string]voice.Settings{
		"declip": {Declip: voice.Light}, "plosive": {Plosive: voice.Light}, "dereverb": {Dereverb: voice.Light},
		"breath": {Breath: voice.Light}, "click": {Click: voice.Light}, "gate": {Gate: voice.Light}, "deess": {DeEss: voice.Light},
		"clarity": {Clarity: voice.Light}, "leveller": {Leveller: voice.Light},
	} {
		s.Limit = asIs.Limit
		x, plain := bad, badAsIs
		switch name {
		case "breath", "gate":
			x, plain = calm, calmAsIs
		case "leveller": // learns from a voice that goes on
			x, plain = soft, softAsIs
		}
		y := finished(t, x, dsp.SampleRate, s)
		t.Logf("%s: the difference is %.1f dB below the sound", name, apart(plain, y))
		if len(y) != len(x) || slices.Equal(y, plain) {
			t.Errorf("%s changes nothing", name)
		}
	}
}

// faulty is a voice with hum, clipped peaks, pops, hisses, clicks and a room.
func faulty(seconds int) []float32 {
	x := synth.Voice(seconds*dsp.SampleRate, 9)
	for i := range x {
		s := float64(i) / dsp.SampleRate
		x[i] *= 3
		if i >= 4000 {
			x[i] += 0.3 * x[i-4000] // the room
		}
		if math.Mod(s, 1.1) < 0.05 {
			x[i] += float32(0.4 * math.Sin(2*math.Pi*30*s)) // a pop
		}
		if math.Mod(s, 0.7) < 2e-4 {
			x[i] += 0.05
		}
		x[i] += float32(0.02 * math.Sin(2*math.Pi*50*s))
		x[i] = min(max(x[i], -0.8), 0.8)
	}
	return x
}

// breathing is a voice that rests every 3 s, and breathes in then.
func breathing(seconds int) []float32 {
	x := synth.Voice(seconds*dsp.SampleRate, 9)
	air := soundserver.Noise(len(x), 0.006, 1)
	for i := range x {
		switch s := math.Mod(float64(i)/dsp.SampleRate, 3); {
		case s > 1.8 && s < 2.2:
			x[i] = air[i] - 0.9*air[i-1]
		case s > 1.5:
			x[i] = air[i] / 100
		}
	}
	return x
}

// What a leveller did is no part of what was removed.
func TestLevellingIsNotRemoved(t *testing.T) {
	w, err := model.Light()
	if err != nil {
		t.Fatal(err)
	}
	const rate = 44100
	in := at(t, synth.Voice(10*dsp.SampleRate, 5), rate)
	for i := range in {
		in[i] *= 0.1
	}
	b := processorOf(t, w, 1, recording.ProcessorOptions{Chains: chains(voice.Settings{Leveller: voice.Strong})})
	c, err := recording.NewCleaner(rate, 1, b)
	if err != nil {
		t.Fatal(err)
	}
	c.KeepWithoutAGC()
	f := c.Process(in)
	louder := soundserver.DB(soundserver.RMS(f.Clean[6*rate:]) / soundserver.RMS(f.Dry[6*rate:]))
	t.Logf("the leveller made it %.1f dB louder; without it the difference is %.1f dB below the sound", louder, apart(f.Dry, f.WithoutAGC))
	if louder < 3 {
		t.Errorf("the leveller made it %.1f dB louder: this tests nothing", louder)
	}
	if got := apart(f.Dry, f.WithoutAGC); got < 30 {
		t.Errorf("the difference is %.1f dB below the sound", got)
	}
}
