// Package synth makes the sounds that demonstrations, benchmarks and tests need,
// so that no recording of anybody has to be kept: speech by the program
// espeak-ng, a voice-like signal without it, and the noise of a room.
//
// All is 48 kHz mono, full scale ±1.
package synth

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/wav"
	"github.com/stillmic/stillmic/dsp"
)

// ErrNoEspeak: the program espeak-ng is not installed.
var ErrNoEspeak = errors.New("espeak-ng is not installed; install it with: apt-get install espeak-ng")

// Sentences are for Speech: what people say in calls, with the sounds that
// suppressors like to swallow (s, f, th at the beginning and the end).
var Sentences = []string{
	"Thanks for joining, let us start with the first topic.",
	"She sells fresh fish at the south side of the street.",
	"Can everybody hear me well? There is a fan right behind me.",
	"Five or six of us finished the tests on Thursday.",
}

// Speech has espeak-ng speak the sentences in a voice ("en-us", "de+f2"), with
// pause seconds of silence before each and after the last, and peaks at 0.5.
func Speech(ctx context.Context, voice string, pause float64, sentences ...string) ([]float32, error) {
	path, err := exec.LookPath("espeak-ng")
	if err != nil {
		return nil, ErrNoEspeak
	}
	silence := make([]float32, int(pause*audioio.SampleRate))
	var out []float32
	for _, text := range sentences {
		cmd := exec.CommandContext(ctx, path, "-v", voice, "-s", "150", "--stdout", text)
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		if err := cmd.Run(); err != nil {
			return nil, fmt.Errorf("espeak-ng: %w: %s", err, bytes.TrimSpace(stderr.Bytes()))
		}
		x, err := readWAV(&stdout)
		if err != nil {
			return nil, fmt.Errorf("espeak-ng: %w", err)
		}
		out = append(append(out, silence...), x...)
	}
	out = append(out, silence...)
	Scale(out, 0.5)
	return out, nil
}

// readWAV reads a whole mono file at 48 kHz.
func readWAV(b *bytes.Buffer) ([]float32, error) {
	r, err := wav.NewReader(b)
	if err != nil {
		return nil, err
	}
	if r.Channels() != 1 {
		return nil, fmt.Errorf("%d channels, not 1", r.Channels())
	}
	conv, err := dsp.NewRateConverter(r.Rate(), audioio.SampleRate)
	if err != nil {
		return nil, err
	}
	var out []float32
	buf := make([]float32, 4096)
	for {
		n, err := r.Read(buf)
		out = conv.Convert(out, buf[:n])
		if pcm.IsEnd(err) {
			return conv.Flush(out), nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// Scale brings the largest sample of x to ±peak.
func Scale(x []float32, peak float32) {
	most := float32(0)
	for _, v := range x {
		most = max(most, v, -v)
	}
	if most == 0 {
		return
	}
	for i := range x {
		x[i] *= peak / most
	}
}
