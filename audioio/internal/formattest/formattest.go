// Package formattest holds what the tests of the file formats share.
package formattest

import (
	"bytes"
	"errors"
	"math"
	"os/exec"
	"strings"
	"testing"

	"github.com/stillmic/stillmic/audioio/pcm"
)

// Ramp returns n samples between -0.9 and 0.9 that all encodings but pcm.Uint8 and
// pcm.Int16 store exactly, and those two to half a step.
func Ramp(n int) []float32 {
	p := make([]float32, n)
	for i := range p {
		p[i] = float32(i*7919%3600-1800) / 2048
	}
	return p
}

// Chirp returns a tone that rises, another one in each channel, so that a shift by one
// sample shows.
func Chirp(rate, channels, frames int) []float32 {
	x := make([]float32, frames*channels)
	for i := range frames {
		s := float64(i) / float64(rate)
		for c := range channels {
			x[i*channels+c] = float32(0.4 * math.Sin(2*math.Pi*(200+float64(150*c)+300*s)*s))
		}
	}
	return x
}

// ReadAll reads to the end in pieces of odd size and returns samples and error.
func ReadAll(r pcm.Reader) ([]float32, error) {
	var all []float32
	p := make([]float32, 331*r.Channels())
	for {
		n, err := r.Read(p)
		all = append(all, p[:n*r.Channels()]...)
		if err != nil {
			return all, err
		}
	}
}

// FFmpeg runs ffmpeg and returns what it wrote to its output. The test is skipped
// where it is not installed.
func FFmpeg(t *testing.T, args ...string) []byte {
	t.Helper()
	path, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Skip("SKIPPED: ffmpeg is not installed, files are not compared with another program's")
	}
	cmd := exec.Command(path, append([]string{"-nostdin", "-v", "error", "-y"}, args...)...)
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		t.Fatalf("ffmpeg %v: %v\n%s", args, err, complaint.Bytes())
	}
	return out.Bytes()
}

// Compare fails unless the raw float32 samples are p within a tolerance.
func Compare(t *testing.T, p []float32, raw []byte, tolerance float64) {
	t.Helper()
	want := make([]float32, len(raw)/4)
	pcm.Decode(want, raw, pcm.Float32)
	if len(p) != len(want) || len(p) == 0 {
		t.Fatalf("%d samples, ffmpeg has %d", len(p), len(want))
	}
	for i := range p {
		if math.Abs(float64(p[i]-want[i])) > tolerance {
			t.Fatalf("sample %d is %v, ffmpeg says %v", i, p[i], want[i])
		}
	}
}

// FullDisk is a writer with room for a number of bytes.
type FullDisk struct{ Room int }

// ErrFull is the error of a FullDisk without room.
var ErrFull = errors.New("disk full")

// Write takes p, or returns ErrFull.
func (f *FullDisk) Write(p []byte) (int, error) {
	if f.Room -= len(p); f.Room < 0 {
		return 0, ErrFull
	}
	return len(p), nil
}

// Encodings are all there are.
var Encodings = []pcm.Encoding{pcm.Uint8, pcm.Int16, pcm.Int24, pcm.Int32, pcm.Float32, pcm.Float64}

// Damaged reads what was opened of a damaged recording to its end, in pieces that no format is
// made of, and returns how many samples it had and the error there, or that of opening it,
// which must be of one line. All samples must be finite and within so many times full scale,
// and every call must return some.
func Damaged(t *testing.T, r pcm.Reader, opened error, scale float32) (samples int, err error) {
	t.Helper()
	err = opened
	for p := []float32(nil); err == nil; {
		if p == nil {
			p = make([]float32, 2011*r.Channels())
		}
		var n int
		if n, err = r.Read(p); err == nil && n == 0 {
			t.Fatal("neither samples nor an end")
		}
		samples += n * r.Channels()
		for _, v := range p[:n*r.Channels()] {
			if !(v >= -scale && v <= scale) {
				t.Fatalf("sample %v", v)
			}
		}
	}
	if strings.ContainsAny(err.Error(), "\n\r") {
		t.Errorf("error of several lines: %q", err)
	}
	return samples, err
}
