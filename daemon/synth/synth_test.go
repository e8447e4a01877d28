package synth

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/stillmic/stillmic/audioio"
)

func peak(x []float32) float64 {
	most := float32(0)
	for _, v := range x {
		most = max(most, v, -v)
	}
	return float64(most)
}

func TestSpeech(t *testing.T) {
	x, err := Speech(t.Context(), "en-us", 0.5, Sentences[0])
	if errors.Is(err, ErrNoEspeak) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	seconds := float64(len(x)) / audioio.SampleRate
	if seconds < 2 || seconds > 8 || math.Abs(peak(x)-0.5) > 1e-6 {
		t.Errorf("%.1f s with a peak of %.3f", seconds, peak(x))
	}
	half := audioio.SampleRate / 2
	if p := peak(x[:half-100]); p > 1e-4 {
		t.Errorf("the pause before it has a peak of %g", p)
	}
	if _, err := Speech(t.Context(), "klingon-of-nowhere", 0, "a"); err == nil {
		t.Error("an unknown voice speaks")
	}
}

// The same seed gives the same sound, another one another.
func TestSeeds(t *testing.T) {
	for name, make := range map[string]func(seed uint64) []float32{
		"voice":  func(s uint64) []float32 { return Voice(audioio.SampleRate, s) },
		"fan":    func(s uint64) []float32 { return Fan(audioio.SampleRate, 0.1, s) },
		"typing": func(s uint64) []float32 { return Typing(audioio.SampleRate, 0.5, s) },
	} {
		if !slices.Equal(make(1), make(1)) || slices.Equal(make(1), make(2)) {
			t.Errorf("%s: seeds", name)
		}
	}
}

func TestMixHasTheRatio(t *testing.T) {
	voice := make([]float32, audioio.SampleRate)
	for i := range voice[:len(voice)/2] { // the second half is a pause
		voice[i] = 0.3
	}
	noise := Fan(audioio.SampleRate/3, 0.5, 1) // repeated
	for _, snr := range []float64{-5, 0, 20} {
		mix := Mix(voice, noise, snr)
		sum := 0.0
		for i := range mix {
			d := float64(mix[i] - voice[i])
			sum += d * d
		}
		got := 10 * math.Log10(0.3*0.3/(sum/float64(len(mix))))
		if math.Abs(got-snr) > 0.2 {
			t.Errorf("%.2f dB, want %.0f", got, snr)
		}
	}
	if silent := Mix(make([]float32, 100), noise, 5); peak(silent) != 0 {
		t.Error("noise without a voice to measure it by")
	}
}

func TestFanLevel(t *testing.T) {
	x := Fan(audioio.SampleRate, 0.05, 3)
	if rms := math.Sqrt(energy(x) / float64(len(x))); math.Abs(rms-0.05) > 1e-4 {
		t.Errorf("RMS %.4f, want 0.05", rms)
	}
}
