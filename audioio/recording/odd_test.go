package recording

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stillmic/stillmic/audioio/internal/formattest"
	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/wav"
)

// encoded has ffmpeg make a file of a second of sound, named name, and returns its bytes.
func encoded(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	dir := t.TempDir()
	in, path := filepath.Join(dir, "in.wav"), filepath.Join(dir, name)
	if err := wav.WriteFile(in, pcm.Format{Rate: 48000, Channels: 1}, formattest.Chirp(48000, 1, 48000)); err != nil {
		t.Fatal(err)
	}
	formattest.FFmpeg(t, append(append([]string{"-i", in}, args...), path)...)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// opened reads all of a file of these bytes.
func opened(t *testing.T, name string, b []byte) ([]float32, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	x, err := formattest.ReadAll(r)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return x, err
}

// TestChainedOgg: Ogg files that were joined are read to the last sample, each stream as it
// is by itself; through a pipe it is said that there is more.
func TestChainedOgg(t *testing.T) {
	for _, name := range []string{"a.ogg", "a.opus"} {
		first, second := encoded(t, name), encoded(t, name, "-serial_offset", "7", "-af", "volume=0.5")
		a, err := opened(t, name, first)
		b, other := opened(t, name, second)
		if err != nil || other != nil || len(a) != 48000 {
			t.Fatal(len(a), err, other)
		}
		x, err := opened(t, name, append(bytes.Clone(first), second...))
		if err != nil || len(x) != len(a)+len(b) {
			t.Fatalf("%s: %d and %d samples became %d, %v", name, len(a), len(b), len(x), err)
		}
		for i, v := range append(a, b...) {
			if v != x[i] {
				t.Fatalf("%s: sample %d is %g, not %g", name, i, x[i], v)
			}
		}
		r, err := NewReader(io.MultiReader(bytes.NewReader(first), bytes.NewReader(second)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := formattest.ReadAll(r); !errors.Is(err, pcm.ErrDamaged) {
			t.Errorf("%s through a pipe: %v", name, err)
		}
		stereo := encoded(t, name, "-ac", "2")
		if _, err := opened(t, name, append(first, stereo...)); !errors.Is(err, pcm.ErrDamaged) || !strings.Contains(err.Error(), "2 channels") && !strings.Contains(err.Error(), "and 2") {
			t.Errorf("%s with two channels behind it: %v", name, err)
		}
	}
}

// TestCutIsTold: of no format is a file taken for whole whose last third is gone, with a part
// of a frame or packet, and the whole one is none that is cut.
func TestCutIsTold(t *testing.T) {
	for name, args := range map[string][]string{
		"a.mp3": {"-write_xing", "0"}, "lame.mp3": nil, "a.au": nil, "a.caf": nil, "a.aiff": nil, "a.w64": nil, "a.wav": nil, "a.flac": nil,
		"a.ogg": nil, "a.opus": nil, "a.m4a": nil, "a.mov": nil, "a.3gp": {"-c:a", "aac"}, "a.mka": nil, "a.ac3": nil, "a.tta": nil, "a.wma": nil,
		"a.avi": nil, "a.webm": nil, "a.mp2": nil, "low.mp2": {"-ar", "24000"}, "a.flv": nil, "a.ts": nil, "a.m2ts": nil,
	} {
		b := encoded(t, name, args...)
		if _, err := opened(t, name, b); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := opened(t, name, b[:len(b)*2/3&^3-4]); !errors.Is(err, pcm.ErrTruncated) {
			t.Errorf("%s, cut: %v", name, err)
		}
	}
}
