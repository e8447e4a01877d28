package measure

import (
	"math"
	"path/filepath"
	"testing"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/audioio/wav"
	"github.com/stillmic/stillmic/daemon/synth"
	"github.com/stillmic/stillmic/dsp/quality"
)

func write(t *testing.T, name string, x []float32) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := wav.WriteFile(path, pcm.Format{Rate: audioio.SampleRate, Channels: 1, Encoding: pcm.Float32}, x); err != nil {
		t.Fatal(err)
	}
	return path
}

// A long recording is judged by stretches: the figures are their means, and no
// more than one stretch waits in memory.
func TestLongRecordingsAreComparedByStretches(t *testing.T) {
	const seconds, late = 11, 777
	x := synth.Voice(seconds*audioio.SampleRate, 2)
	y := append(make([]float32, late), x...)
	for i, v := range soundserver.Noise(len(y), 0.05, 1) {
		y[i] += v * float32(i) / float32(len(y)) // every stretch is another
	}
	ref, test := write(t, "ref.wav", x), write(t, "test.wav", y)
	const stretch = 4
	got, err := compare(t.Context(), ref, test, stretch)
	if err != nil {
		t.Fatal(err)
	}
	if got.DelaySamples != late || math.Abs(got.Seconds-seconds) > 1e-9 {
		t.Errorf("%d samples late, %g s", got.DelaySamples, got.Seconds)
	}
	a, b := x, y[late:]
	var want Comparison
	for at := 0; at < len(a); at += stretch * audioio.SampleRate {
		end := min(at+stretch*audioio.SampleRate, len(a))
		stoi, estoi, err := quality.Intelligibility(a[at:end], b[at:end], audioio.SampleRate)
		if err != nil {
			t.Fatal(err)
		}
		weight := float64(end-at) / float64(len(a))
		want.STOI += weight * stoi
		want.ESTOI += weight * estoi
		want.SISDR += Decibels(weight * quality.SISDR(a[at:end], b[at:end]))
		want.SegmentalSNR += Decibels(weight * quality.SegmentalSNR(a[at:end], b[at:end], audioio.SampleRate))
	}
	for name, pair := range map[string][2]float64{
		"STOI": {got.STOI, want.STOI}, "ESTOI": {got.ESTOI, want.ESTOI},
		"SI-SDR": {float64(got.SISDR), float64(want.SISDR)}, "segmental SNR": {float64(got.SegmentalSNR), float64(want.SegmentalSNR)},
	} {
		t.Logf("%s %.4f", name, pair[0])
		if !(math.Abs(pair[0]-pair[1]) < 1e-6) {
			t.Errorf("%s: %v, want %v", name, pair[0], pair[1])
		}
	}
	// As a whole it is what it is.
	whole, err := Compare(t.Context(), ref, test)
	if err != nil || math.Abs(float64(whole.SISDR)-quality.SISDR(a, b)) > 1e-6 {
		t.Errorf("as a whole %v, want %v, %v", whole.SISDR, quality.SISDR(a, b), err)
	}
}

// A pause as long as a stretch has no intelligibility, and spoils none.
func TestSilentStretch(t *testing.T) {
	x := append(synth.Voice(3*audioio.SampleRate, 2), make([]float32, 3*audioio.SampleRate)...)
	path := write(t, "a.wav", x)
	c, err := compare(t.Context(), path, path, 3)
	if err != nil || math.Abs(c.STOI-1) > 1e-6 || !math.IsInf(float64(c.SISDR), 1) {
		t.Errorf("%+v, %v", c, err)
	}
}
