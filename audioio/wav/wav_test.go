package wav

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stillmic/stillmic/audioio/internal/formattest"
	"github.com/stillmic/stillmic/audioio/metadata"
	"github.com/stillmic/stillmic/audioio/pcm"
)

// wavBytes writes samples into memory that cannot seek.
func wavBytes(t testing.TB, f pcm.Format, p []float32) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := NewWriter(&b, f, metadata.Metadata{})
	if err == nil {
		err = w.Write(p)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// writeWAV writes a file.
func writeWAV(t testing.TB, path string, f pcm.Format, p []float32) {
	t.Helper()
	if err := WriteFile(path, f, p); err != nil {
		t.Fatal(err)
	}
}

// openWAV opens a file, which the test closes.
func openWAV(t *testing.T, path string) (*Reader, error) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return NewFileReader(f)
}

func TestWAVRoundTrip(t *testing.T) {
	for _, e := range formattest.Encodings {
		for _, channels := range []int{1, 2, 3, 6, 17} {
			for _, frames := range []int{0, 1, 7, 5001} {
				f := pcm.Format{Rate: 44100, Channels: channels, Encoding: e}
				t.Run(fmt.Sprintf("%v, %d channels, %d frames", e, channels, frames), func(t *testing.T) {
					path := filepath.Join(t.TempDir(), "a.wav")
					want := formattest.Ramp(frames * channels)
					w, err := Create(path, f)
					if err != nil {
						t.Fatal(err)
					}
					// In two parts, to cross the buffer's end somewhere.
					half := frames / 2 * channels
					if err := errors.Join(w.Write(want[:half]), w.Write(want[half:]), w.Close()); err != nil {
						t.Fatal(err)
					}
					st, err := os.Stat(path)
					if err != nil || st.Size()%2 != 0 {
						t.Fatalf("size %d is odd, or %v", st.Size(), err)
					}
					r, err := openWAV(t, path)
					if err != nil {
						t.Fatal(err)
					}
					if r.Format() != f || r.Frames() != int64(frames) {
						t.Fatalf("read back as %+v with %d frames", r.Format(), r.Frames())
					}
					got, err := formattest.ReadAll(r)
					if err != io.EOF || r.Close() != nil || len(got) != len(want) {
						t.Fatalf("%d samples of %d, %v", len(got), len(want), err)
					}
					step := 0.0
					if e == pcm.Uint8 || e == pcm.Int16 {
						step = math.Pow(0.5, float64(8*e.Bytes()))
					}
					for i := range got {
						if d := math.Abs(float64(got[i] - want[i])); d > step {
							t.Fatalf("sample %d: %v, want %v", i, got[i], want[i])
						}
					}
				})
			}
		}
	}
}

var mono16 = pcm.Format{Rate: 8000, Channels: 1, Encoding: pcm.Int16}

func TestWAVTruncated(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cut.wav")
	want := formattest.Ramp(2 * 96000)
	writeWAV(t, path, pcm.Format{Rate: 48000, Channels: 2, Encoding: pcm.Int24}, want)
	st, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, st.Size()-6*48000-4); err != nil {
		t.Fatal(err)
	}
	r, err := openWAV(t, path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got, err := formattest.ReadAll(r)
	if !errors.Is(err, pcm.ErrTruncated) || !pcm.IsEnd(err) {
		t.Fatalf("end %v", err)
	}
	if s := err.Error(); !strings.Contains(s, "96000 frames (2.00 s)") || !strings.Contains(s, "47999 (1.00 s)") {
		t.Errorf("%q does not say how much is missing", s)
	}
	if !slices.Equal(got, want[:2*47999]) {
		t.Errorf("what is there was not read: %d samples", len(got))
	}
}

// FuzzReader feeds damaged files: no panic, no samples that are not finite,
// and an end.
func FuzzReader(f *testing.F) {
	for _, e := range formattest.Encodings {
		f.Add(wavBytes(f, pcm.Format{Rate: 48000, Channels: 1 + int(e)%3, Encoding: e}, formattest.Ramp(66)))
	}
	f.Add(riff("RF64", chunk("ds64", make([]byte, 28)), fmtChunk(mono16), chunk("data", []byte{1, 2})))
	f.Add(riff("RIFF", chunk("LIST", []byte("odd")), fmtChunk(mono16), chunk("data", []byte{1, 2}))[:50])
	f.Add([]byte("plain text"))
	f.Fuzz(func(t *testing.T, file []byte) {
		r, opened := NewReader(bytes.NewReader(file))
		n, err := formattest.Damaged(t, r, opened, math.MaxFloat32)
		if opened != nil {
			return
		}
		if !pcm.IsEnd(err) {
			t.Errorf("end %v", err)
		}
		if n > len(file) {
			t.Errorf("%d samples from %d bytes", n, len(file))
		}
		if n, err := r.Read(make([]float32, pcm.MaxChannels)); n != 0 || !pcm.IsEnd(err) {
			t.Errorf("after the end: %d, %v", n, err)
		}
	})
}

func BenchmarkWAVReader(b *testing.B) {
	for _, e := range formattest.Encodings {
		b.Run(e.String()+", 10 ms", func(b *testing.B) {
			file := wavBytes(b, pcm.Format{Rate: 48000, Channels: 1, Encoding: e}, formattest.Ramp(480))
			endless := io.MultiReader(bytes.NewReader(file), zeros{})
			r, err := NewReader(endless)
			if err != nil {
				b.Fatal(err)
			}
			p := make([]float32, 480)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := r.Read(p); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// zeros never ends.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
