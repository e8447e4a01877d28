package flac

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stillmic/stillmic/audioio/internal/formattest"
	"github.com/stillmic/stillmic/audioio/metadata"
	"github.com/stillmic/stillmic/audioio/pcm"
)

var mono = pcm.Format{Rate: 8000, Channels: 1, Encoding: pcm.Int16}

// flacBytes writes samples into memory, where there is no way back to the
// header.
func flacBytes(tb testing.TB, f pcm.Format, p []float32) []byte {
	tb.Helper()
	var b bytes.Buffer
	w, err := NewWriter(&b, f, metadata.Metadata{})
	if err != nil {
		tb.Fatal(err)
	}
	if err := errors.Join(w.Write(p), w.Close()); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// flacFile writes a file with a complete header.
func flacFile(tb testing.TB, f pcm.Format, p []float32) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "a.flac")
	file, err := os.Create(path)
	if err != nil {
		tb.Fatal(err)
	}
	w, err := NewWriter(file, f, metadata.Metadata{})
	if err != nil {
		tb.Fatal(err)
	}
	for len(p) > 0 {
		n := min(len(p), 999*f.Channels)
		if err := w.Write(p[:n]); err != nil {
			tb.Fatal(err)
		}
		p = p[n:]
	}
	if err := errors.Join(w.Close(), w.Close(), file.Close()); err != nil {
		tb.Fatal(err)
	}
	return path
}

// openFLAC opens a file, which the test closes.
func openFLAC(t *testing.T, path string) (*Reader, error) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return NewReader(f)
}

// whole rounds samples to 16-bit steps.
func whole(p []float32) []float32 {
	raw, _ := pcm.Append(nil, p, pcm.Int16)
	out := make([]float32, len(p))
	pcm.Decode(out, raw, pcm.Int16)
	return out
}

func TestFLACRoundTrip(t *testing.T) {
	for _, rate := range []int{8000, 44100, 48000, 192000, 12345} {
		for _, channels := range []int{1, 2, 8} {
			for _, e := range []pcm.Encoding{pcm.Int16, pcm.Int24} {
				for _, frames := range []int{1, 15, 4096, 4097, 12000} {
					name := fmt.Sprintf("%d Hz, %d channels, %v, %d frames", rate, channels, e, frames)
					want := whole(formattest.Ramp(channels * frames))
					f := pcm.Format{Rate: rate, Channels: channels, Encoding: e}
					r, err := openFLAC(t, flacFile(t, f, want))
					if err != nil {
						t.Fatal(name, err)
					}
					if r.Format() != f || r.Frames() != int64(frames) {
						t.Errorf("%s: %+v, %d frames", name, r.Format(), r.Frames())
					}
					got, err := formattest.ReadAll(r)
					if err != io.EOF || !slices.Equal(got, want) {
						t.Errorf("%s: %d samples of %d, %v", name, len(got), len(want), err)
					}
					if err := r.Close(); err != nil {
						t.Error(err)
					}
				}
			}
		}
	}
}

// TestFLACWithFFmpeg exchanges files with it, bit by bit; it checks the MD5 sum.
func TestFLACWithFFmpeg(t *testing.T) {
	for _, e := range []pcm.Encoding{pcm.Int16, pcm.Int24} {
		want := whole(formattest.Ramp(2 * 10000))
		path := flacFile(t, pcm.Format{Rate: 44100, Channels: 2, Encoding: e}, want)
		formattest.Compare(t, want, formattest.FFmpeg(t, "-xerror", "-err_detect", "explode+crccheck", "-i", path, "-f", "f32le", "-"), 0)
		back := filepath.Join(t.TempDir(), "b.flac")
		formattest.FFmpeg(t, "-i", path, "-compression_level", "8", back)
		r, err := openFLAC(t, back)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := formattest.ReadAll(r); err != io.EOF || !slices.Equal(got, want) || r.Format().Encoding != e {
			t.Errorf("%v: %d samples of %d, %v, %v", e, len(got), len(want), r.Format(), err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestFLACFromPipe(t *testing.T) {
	want := whole(formattest.Ramp(5000))
	r, err := NewReader(bytes.NewReader(flacBytes(t, mono, want)))
	if err != nil || r.Frames() != -1 {
		t.Fatal(r, err)
	}
	if got, err := formattest.ReadAll(r); err != io.EOF || !slices.Equal(got, want) {
		t.Errorf("%d samples, %v", len(got), err)
	}
}

func TestFLACDamaged(t *testing.T) {
	want := whole(formattest.Ramp(20000))
	path := flacFile(t, mono, want)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	flipped := slices.Clone(b)
	flipped[len(b)*2/3] ^= 0x10
	for name, c := range map[string]struct {
		file []byte
		is   error
		says string
	}{
		"cut":               {b[:len(b)*2/3], pcm.ErrTruncated, "promises 20000 frames"},
		"cut in its header": {b[:20], pcm.ErrTruncated, "header"},
		"a wrong bit":       {flipped, pcm.ErrDamaged, "cannot be decoded"},
		"no header":         {append([]byte("fLaC"), bytes.Repeat([]byte{0x7F}, 100)...), pcm.ErrDamaged, ""},
	} {
		if err := os.WriteFile(path, c.file, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := openFLAC(t, path)
		var got []float32
		if err == nil {
			got, err = formattest.ReadAll(r)
			if !slices.Equal(got, want[:len(got)]) || len(got) == 0 {
				t.Errorf("%s: %d samples before it, or others", name, len(got))
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		}
		if !errors.Is(err, c.is) && !(name == "no header" && err != nil) || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %q, want one line of %q with %q", name, err, c.is, c.says)
		}
	}
}

// TestFLACCutAnywhere: a file cut at any byte, also within its last frame, which is
// shorter than the others, gives what is whole of it and then ErrTruncated; read
// again, the same error.
func TestFLACCutAnywhere(t *testing.T) {
	const frames = 2*blockFrames + 700
	want := whole(formattest.Ramp(frames))
	path := flacFile(t, mono, want)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for cut := len(b) - 1; cut > len(b)/3; cut -= 7 {
		r, err := NewReader(bytes.NewReader(b[:cut]))
		if err != nil {
			t.Fatal(err)
		}
		got, err := formattest.ReadAll(r)
		if !errors.Is(err, pcm.ErrTruncated) || len(got)%blockFrames != 0 || !slices.Equal(got, want[:len(got)]) {
			t.Fatalf("cut after %d of %d bytes: %d samples, %v", cut, len(b), len(got), err)
		}
		if n, again := r.Read(make([]float32, 100)); n != 0 || again == nil || again.Error() != err.Error() {
			t.Fatalf("cut after %d of %d bytes, read again: %d frames, %v", cut, len(b), n, again)
		}
	}
}

// TestFLACChangesMidway: frames of another rate, width or channel count are not
// taken for those of the header.
func TestFLACChangesMidway(t *testing.T) {
	const header = 4 + 4 + 34 // signature and STREAMINFO
	first := flacBytes(t, mono, whole(formattest.Ramp(blockFrames)))
	for _, c := range []struct {
		f    pcm.Format
		says string
	}{
		{pcm.Format{Rate: 44100, Channels: 1, Encoding: pcm.Int16}, "its rate is 44100 Hz, not 8000"},
		{pcm.Format{Rate: 8000, Channels: 1, Encoding: pcm.Int24}, "it has 24 bits, not 16"},
		{pcm.Format{Rate: 8000, Channels: 2, Encoding: pcm.Int16}, "it has 2 channels, not 1"},
	} {
		second := flacBytes(t, c.f, whole(formattest.Ramp(blockFrames*c.f.Channels)))
		r, err := NewReader(bytes.NewReader(append(slices.Clone(first), second[header:]...)))
		if err != nil {
			t.Fatal(err)
		}
		got, err := formattest.ReadAll(r)
		if len(got) != blockFrames || !errors.Is(err, pcm.ErrDamaged) || !strings.Contains(err.Error(), "after 0.51 s "+c.says) {
			t.Errorf("%d samples, %v, want %q", len(got), err, c.says)
		}
	}
}

// A panic of a decoder is damage; what it says is not for people.
func TestGuarded(t *testing.T) {
	var none []int
	err := pcm.Guard(func() error { none[3]++; return nil })
	if !errors.Is(err, pcm.ErrDamaged) || strings.Contains(err.Error(), "runtime") {
		t.Errorf("%v", err)
	}
}

// TestFLACHeaderPromisesLess: the header's length counts, and ends the reading.
func TestFLACHeaderPromisesLess(t *testing.T) {
	want := whole(formattest.Ramp(5000))
	b := flacBytes(t, mono, want)
	b[24], b[25] = 4500>>8, 4500&0xFF // the low 16 bits of the length
	r, err := NewReader(bytes.NewReader(b))
	if err != nil || r.Frames() != 4500 {
		t.Fatal(r, err)
	}
	if got, err := formattest.ReadAll(r); err != io.EOF || !slices.Equal(got, want[:4500]) {
		t.Errorf("%d samples, %v", len(got), err)
	}
}

func TestFLACWriterRefuses(t *testing.T) {
	for _, f := range []pcm.Format{{}, {Rate: 48000, Channels: 9}, {Rate: 700000, Channels: 1}} {
		if _, err := NewWriter(io.Discard, f, metadata.Metadata{}); !errors.Is(err, pcm.ErrBadFormat) {
			t.Errorf("%+v: %v", f, err)
		}
	}
	w, err := NewWriter(&formattest.FullDisk{Room: 100_000}, mono, metadata.Metadata{})
	if err != nil {
		t.Fatal(err)
	}
	noise := formattest.Ramp(4096)
	for i := range noise {
		noise[i] = float32(i*7919%4001)/2000 - 1
	}
	for range 40 {
		err = w.Write(noise)
	}
	if !errors.Is(err, formattest.ErrFull) || !errors.Is(w.Close(), formattest.ErrFull) {
		t.Errorf("full disk: %v", err)
	}
}

// FuzzReader feeds damaged files: no panic, samples within full scale, one
// line at the end.
func FuzzReader(f *testing.F) {
	for channels := 1; channels <= 3; channels++ {
		for _, e := range []pcm.Encoding{pcm.Int16, pcm.Int24} {
			b := flacBytes(f, pcm.Format{Rate: 48000, Channels: channels, Encoding: e}, formattest.Ramp(channels*300))
			f.Add(b)
			f.Add(b[:len(b)/2])
		}
	}
	f.Add([]byte("fLaC"))
	f.Fuzz(func(t *testing.T, file []byte) {
		r, err := NewReader(bytes.NewReader(file))
		_, _ = formattest.Damaged(t, r, err, 2)
	})
}
