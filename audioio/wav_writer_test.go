package audioio

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestWAVBecomesRF64 lowers the limit of 4 GiB instead of writing as much.
func TestWAVBecomesRF64(t *testing.T) {
	path := filepath.Join(t.TempDir(), "long.wav")
	w, err := CreateWAV(path, WAVFormat{Rate: 48000, Channels: 1, Encoding: Float32})
	if err != nil {
		t.Fatal(err)
	}
	w.limit = 1000
	want := Ramp(1000)
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
	if got, err := ReadAll(r); err != io.EOF || !slices.Equal(got, want) {
		t.Errorf("%d samples, %v", len(got), err)
	}
}

func TestWAVWriterReportsFullDisk(t *testing.T) {
	w, err := NewWAVWriter(&FullDisk{100_000}, mono16, Metadata{})
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		err = w.Write(make([]float32, 1000))
	}
	if !errors.Is(err, ErrFull) || !errors.Is(w.Close(), ErrFull) || !errors.Is(w.Close(), ErrFull) {
		t.Errorf("error %v", err)
	}
}

func TestWAVWriterRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.wav")
	for _, f := range []WAVFormat{{}, {Rate: 48000}, {Rate: 48000, Channels: 300}, {Rate: 48000, Channels: 1, Encoding: 99}} {
		if _, err := CreateWAV(path, f); !errors.Is(err, ErrBadFormat) {
			t.Errorf("%+v: %v", f, err)
		}
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a refused format left a file")
	}
	w, err := CreateWAV(path, WAVFormat{Rate: 48000, Channels: 2})
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
	w, err := NewWAVWriter(io.Discard, WAVFormat{Rate: 48000, Channels: 1, Encoding: PCM24}, Metadata{})
	if err != nil {
		b.Fatal(err)
	}
	p := Ramp(480)
	b.ReportAllocs()
	for b.Loop() {
		if err := w.Write(p); err != nil {
			b.Fatal(err)
		}
	}
}
