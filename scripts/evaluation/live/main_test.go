package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/wav"
	"github.com/stillmic/stillmic/daemon/config"
	"github.com/stillmic/stillmic/daemon/focus"
	"github.com/stillmic/stillmic/daemon/synth"
	"github.com/stillmic/stillmic/model"
	networks "github.com/stillmic/stillmic/model/focus"
)

// What callers hear is what suppressor and focus make of the recording, where it lay in it.
func TestLive(t *testing.T) {
	x := append(synth.Voice(2*audioio.SampleRate, 3), make([]float32, 100)...) // no whole hop at the end
	folder := t.TempDir()
	in, out := filepath.Join(folder, "in.wav"), filepath.Join(folder, "out.wav")
	if err := wav.WriteFile(in, pcm.Format{Rate: audioio.SampleRate, Channels: 1, Encoding: pcm.Float32}, x); err != nil {
		t.Fatal(err)
	}
	heard := map[focus.Mode][]float32{}
	for _, mode := range []focus.Mode{focus.Off, focus.Near} {
		if err := run(in, out, mode, ""); err != nil {
			t.Fatal(err)
		}
		y, err := read(out)
		if err != nil {
			t.Fatal(err)
		}
		heard[mode] = y
		want := alone(t, x, mode)
		const settled = 5 * audioio.BlockSize // the engine fades a focus in
		if len(y) != len(x) || !slices.Equal(y[settled:], want[settled:]) {
			t.Errorf("%s: the engine makes something else of %d samples than suppressor and focus do: %d", mode, len(x), len(y))
		}
	}
	if slices.Equal(heard[focus.Off], heard[focus.Near]) {
		t.Error("near changes nothing")
	}
}

// alone runs suppressor and focus without an engine.
func alone(t *testing.T, x []float32, mode focus.Mode) []float32 {
	t.Helper()
	w, err := model.Default()
	if err != nil {
		t.Fatal(err)
	}
	s := model.NewSuppressor(w)
	s.SetAttenuationLimit(float32(config.Default().Suppression.Strength))
	delay := s.Delay()
	lower := func([]float32, []float32) {}
	if mode == focus.Near {
		f, err := networks.NewNear()
		if err != nil {
			t.Fatal(err)
		}
		delay += f.Delay()
		late := slices.Concat(make([]float32, s.Delay()), x, make([]float32, delay+audioio.BlockSize)) // as late as the suppressor
		lower = func(hop, clean []float32) {
			f.Process(late[:len(hop)], clean, s.SpeechProbability())
			late = late[len(hop):]
		}
	}
	x = append(slices.Clone(x), make([]float32, delay+audioio.BlockSize)...)
	var y []float32
	for at := 0; at+audioio.BlockSize <= len(x); at += audioio.BlockSize {
		hop, clean := x[at:at+audioio.BlockSize], make([]float32, audioio.BlockSize)
		s.Process(clean, hop)
		lower(hop, clean)
		y = append(y, clean...)
	}
	return y[delay:][:len(x)-delay-audioio.BlockSize]
}

// What cannot be measured is refused.
func TestRefused(t *testing.T) {
	folder := t.TempDir()
	in, out := filepath.Join(folder, "in.wav"), filepath.Join(folder, "out.wav")
	if err := wav.WriteFile(in, pcm.Format{Rate: 16000, Channels: 1, Encoding: pcm.Float32}, make([]float32, 160)); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{in, filepath.Join(folder, "none.wav")} {
		if err := run(path, out, focus.Off, ""); err == nil {
			t.Errorf("%s was taken", path)
		}
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("something was written")
	}
}
