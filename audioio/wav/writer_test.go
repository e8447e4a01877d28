package wav

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stillmic/stillmic/audioio/internal/formattest"
	"github.com/stillmic/stillmic/audioio/metadata"
	"github.com/stillmic/stillmic/audioio/pcm"
)

// TestWAVBecomesRF64 lowers the limit of 4 GiB instead of writing as much.
func TestWAVBecomesRF64(t *testing.T) {
	path := filepath.Join(t.TempDir(), "long.wav")
	w, err := Create(path, pcm.Format{Rate: 48000, Channels: 1, Encoding: pcm.Float32})
	if err != nil {
		t.Fatal(err)
	}
	w.limit = 1000
	want := formattest.Ramp(1000)
	if err := errors.Join(w.Write(want), w.Close()); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil || string(b[:4]) != "RF64" || string(b[12:16]) != "ds64" {
		t.Fatalf("%q %q, %v", b[:4], b[12:16], err)
	}
	r, err := openWAV(t, path)
	if err != nil || r.Frames() != 1000 {
		t.Fatal(r.Frames(), err)
	}
	defer r.Close()
	if got, err := formattest.ReadAll(r); err != io.EOF || !slices.Equal(got, want) {
		t.Errorf("%d samples, %v", len(got), err)
	}
}

func TestWAVWriterReportsFullDisk(t *testing.T) {
	w, err := NewWriter(&formattest.FullDisk{Room: 100_000}, mono16, metadata.Metadata{})
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		err = w.Write(make([]float32, 1000))
	}
	if !errors.Is(err, formattest.ErrFull) || !errors.Is(w.Close(), formattest.ErrFull) || !errors.Is(w.Close(), formattest.ErrFull) {
		t.Errorf("error %v", err)
	}
}

func TestWAVWriterRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.wav")
	for _, f := range []pcm.Format{{}, {Rate: 48000}, {Rate: 48000, Channels: 300}, {Rate: 48000, Channels: 1, Encoding: 99}} {
		if _, err := Create(path, f); !errors.Is(err, pcm.ErrBadFormat) {
			t.Errorf("%+v: %v", f, err)
		}
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a refused format left a file")
	}
	w, err := Create(path, pcm.Format{Rate: 48000, Channels: 2})
	if err != nil {
		t.Fatal(err)
	}
	if w.Write(make([]float32, 3)) == nil {
		t.Error("half a frame was accepted")
	}
	if err := errors.Join(w.Close(), w.Close()); err != nil {
		t.Error(err)
	}
	if err := w.Write(make([]float32, 2)); !errors.Is(err, os.ErrClosed) {
		t.Errorf("write after close: %v", err)
	}
}

func BenchmarkWAVWriter(b *testing.B) {
	w, err := NewWriter(io.Discard, pcm.Format{Rate: 48000, Channels: 1, Encoding: pcm.Int24}, metadata.Metadata{})
	if err != nil {
		b.Fatal(err)
	}
	p := formattest.Ramp(480)
	b.ReportAllocs()
	for b.Loop() {
		if err := w.Write(p); err != nil {
			b.Fatal(err)
		}
	}
}

// TestWAVPipe: through a pipe the header says the length where it is known beforehand, and
// is the one of a file then, but for chunks behind the samples.
func TestWAVPipe(t *testing.T) {
	for _, f := range []pcm.Format{mono16, {Rate: 48000, Channels: 3, Encoding: pcm.Int24}, {Rate: 44100, Channels: 2, Encoding: pcm.Float32}} {
		const frames = 1001 // an odd number of bytes in the second
		p := formattest.Ramp(frames * f.Channels)
		path := filepath.Join(t.TempDir(), "a.wav")
		if err := WriteFile(path, f, p); err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for promised, same := range map[int64]bool{frames: true, -1: false} {
			var b bytes.Buffer
			w, err := NewPipeWriter(&b, f, metadata.Metadata{}, promised)
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(w.Write(p), w.Close()); err != nil {
				t.Fatal(err)
			}
			if bytes.Equal(b.Bytes(), want) != same {
				t.Errorf("%v, promised %d: the bytes of a file: %v, want %v", f, promised, !same, same)
			}
			r, err := NewReader(&b)
			if err != nil || r.Frames() != promised || r.Exact() != same {
				t.Errorf("%v, promised %d: %v", f, promised, err)
			}
		}
	}
}
