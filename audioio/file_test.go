package audioio

import (
	"errors"
	"io"
	"path/filepath"
	"testing"
	"time"
)

// openSource writes samples to a file and opens it as a source.
func openSource(t *testing.T, channels int, p []float32, realTime bool) *FileSource {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.wav")
	writeWAV(t, path, WAVFormat{Rate: SampleRate, Channels: channels, Encoding: Float32}, p)
	r, err := OpenWAV(path)
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewFileSource(r, realTime)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestFileSourceToSink(t *testing.T) {
	want := ramp(2*BlockSize + 100)
	s := openSource(t, 1, want, false)
	path := filepath.Join(t.TempDir(), "out.wav")
	w, err := CreateWAV(path, WAVFormat{Rate: SampleRate, Channels: 2, Encoding: Float32})
	if err != nil {
		t.Fatal(err)
	}
	sink, err := NewFileSink(w)
	if err != nil {
		t.Fatal(err)
	}
	var b Block
	blocks := 0
	for ; ; blocks++ {
		if err = s.ReadBlock(&b); err != nil {
			break
		}
		if err := sink.WriteBlock(&b); err != nil {
			t.Fatal(err)
		}
	}
	if err != io.EOF || blocks != 3 || sink.Fill() != (Fill{}) {
		t.Fatalf("%d blocks, then %v", blocks, err)
	}
	if err := errors.Join(sink.Close(), sink.Close()); err != nil {
		t.Fatal(err)
	}
	if err := sink.WriteBlock(&b); !errors.Is(err, ErrClosed) {
		t.Errorf("write after close: %v", err)
	}
	r, err := OpenWAV(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got, err := readAll(r)
	if err != io.EOF || len(got) != 2*3*BlockSize {
		t.Fatalf("%d samples, %v", len(got), err)
	}
	for i, v := range got {
		w := float32(0) // the last block is filled up with silence
		if i/2 < len(want) {
			w = want[i/2]
		}
		if v != w {
			t.Fatalf("sample %d is %v, want %v", i, v, w)
		}
	}
}

func TestFileSourceMixesChannels(t *testing.T) {
	p := make([]float32, 3*BlockSize)
	for i := range BlockSize {
		p[3*i], p[3*i+1], p[3*i+2] = 0.75, -0.25, 0.25
	}
	var b Block
	if err := openSource(t, 3, p, false).ReadBlock(&b); err != nil || b[0] != 0.25 || b[BlockSize-1] != 0.25 {
		t.Errorf("%v, %v", b[0], err)
	}
}

func TestFileSourceInRealTime(t *testing.T) {
	s := openSource(t, 1, ramp(20*BlockSize), true)
	var b Block
	start := time.Now()
	for range 20 {
		if err := s.ReadBlock(&b); err != nil {
			t.Fatal(err)
		}
	}
	// 200 ms from the first call on; a busy machine may take longer, never less.
	if d := time.Since(start); d < 199*time.Millisecond || d > 20*time.Second {
		t.Errorf("20 blocks took %v", d)
	}
}

func TestFileSourceCloseWakes(t *testing.T) {
	s := openSource(t, 1, ramp(100*BlockSize), true)
	got := make(chan error)
	go func() {
		var b Block
		for {
			if err := s.ReadBlock(&b); err != nil {
				got <- err
				return
			}
		}
	}()
	time.Sleep(15 * time.Millisecond)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	select {
	case err := <-got:
		if !errors.Is(err, ErrClosed) {
			t.Errorf("a closed source said %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Error("Close did not wake ReadBlock")
	}
}

func TestFileRefusesOtherRates(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.wav")
	w, err := CreateWAV(path, mono16)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewFileSink(w); err == nil {
		t.Error("a sink of 8 kHz was accepted")
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := OpenWAV(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := NewFileSource(r, false); err == nil {
		t.Error("a source of 8 kHz was accepted")
	}
}
