package audioio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var allEncodings = []Encoding{PCM8, PCM16, PCM24, PCM32, Float32, Float64}

// ramp returns n samples between -0.9 and 0.9 that all encodings but PCM8 and
// PCM16 store exactly, and those two to half a step.
func ramp(n int) []float32 {
	p := make([]float32, n)
	for i := range p {
		p[i] = float32(i*7919%3600-1800) / 2048
	}
	return p
}

// wavBytes writes samples into memory that cannot seek.
func wavBytes(t testing.TB, f WAVFormat, p []float32) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := NewWAVWriter(&b, f)
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

// readAll reads to the end in pieces of odd size and returns samples and error.
func readAll(r SampleReader) ([]float32, error) {
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

func TestWAVRoundTrip(t *testing.T) {
	for _, e := range allEncodings {
		for _, channels := range []int{1, 2, 3, 6, 17} {
			for _, frames := range []int{0, 1, 7, 5001} {
				f := WAVFormat{Rate: 44100, Channels: channels, Encoding: e}
				t.Run(fmt.Sprintf("%v, %d channels, %d frames", e, channels, frames), func(t *testing.T) {
					path := filepath.Join(t.TempDir(), "a.wav")
					want := ramp(frames * channels)
					w, err := CreateWAV(path, f)
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
					r, err := OpenWAV(path)
					if err != nil {
						t.Fatal(err)
					}
					if r.Format() != f || r.Frames() != int64(frames) {
						t.Fatalf("read back as %+v with %d frames", r.Format(), r.Frames())
					}
					got, err := readAll(r)
					if err != io.EOF || r.Close() != nil || len(got) != len(want) {
						t.Fatalf("%d samples of %d, %v", len(got), len(want), err)
					}
					step := 0.0
					if e == PCM8 || e == PCM16 {
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

// TestWAVIntegersExact writes every 16-bit value and reads the same bits.
func TestWAVIntegersExact(t *testing.T) {
	raw := make([]byte, 0, 1<<17)
	for v := range 1 << 16 {
		raw = binary.LittleEndian.AppendUint16(raw, uint16(v))
	}
	p := make([]float32, 1<<16)
	decode(p, raw, PCM16)
	again, clipped := encode(nil, p, PCM16)
	if !bytes.Equal(raw, again) || clipped != 0 {
		t.Errorf("16-bit samples changed on the way through float (%d clipped)", clipped)
	}
}

func TestWAVFullScale(t *testing.T) {
	for _, e := range allEncodings {
		raw, clipped := encode(nil, []float32{-1, 1, -1.5, 1.5, float32(math.NaN()), float32(math.Inf(1))}, e)
		got := make([]float32, 6)
		decode(got, raw, e)
		if e == Float32 || e == Float64 {
			if !slices.Equal(got, []float32{-1, 1, -1.5, 1.5, 0, 0}) || clipped != 0 {
				t.Errorf("%v: %v, %d clipped", e, got, clipped)
			}
			continue
		}
		top := float32(1 - math.Pow(0.5, float64(8*e.Bytes()-1)))
		if want := []float32{-1, top, -1, top, 0, 0}; !slices.Equal(got, want) || clipped != 2 {
			t.Errorf("%v: %v, want %v; %d clipped, want 2", e, got, want, clipped)
		}
	}
}

// chunk builds one chunk with its padding.
func chunk(id string, body []byte) []byte {
	b := binary.LittleEndian.AppendUint32([]byte(id), uint32(len(body)))
	b = append(b, body...)
	if len(body)%2 == 1 {
		b = append(b, 0)
	}
	return b
}

// riff builds a file of chunks.
func riff(magic string, chunks ...[]byte) []byte {
	body := append([]byte("WAVE"), bytes.Join(chunks, nil)...)
	return append(binary.LittleEndian.AppendUint32([]byte(magic), uint32(len(body))), body...)
}

func fmtChunk(f WAVFormat) []byte { return appendFormat(nil, f) }

// withSize returns a copy of a file whose first data chunk claims a size.
func withSize(b []byte, size uint32) []byte {
	b = slices.Clone(b)
	binary.LittleEndian.PutUint32(b[bytes.Index(b, []byte("data"))+4:], size)
	return b
}

var mono16 = WAVFormat{Rate: 8000, Channels: 1, Encoding: PCM16}

func TestWAVVariants(t *testing.T) {
	samples := []byte{1, 0, 2, 0, 3, 0}
	plain := riff("RIFF", fmtChunk(mono16), chunk("data", samples))
	ds64 := make([]byte, 28)
	ds64[8] = byte(len(samples))
	wide := WAVFormat{Rate: 8000, Channels: 1, Encoding: PCM24}
	for name, c := range map[string]struct {
		file   []byte
		frames int64
	}{
		"plain":              {plain, 3},
		"odd chunks between": {riff("RIFF", chunk("LIST", []byte("odd")), fmtChunk(mono16), chunk("bext", make([]byte, 603)), chunk("data", samples)), 3},
		"chunk after":        {riff("RIFF", fmtChunk(mono16), chunk("data", samples), chunk("LIST", []byte("noise"))), 3},
		"extensible":         {riff("RIFF", fmtChunk(WAVFormat{8000, 1, PCM16, 4}), chunk("data", samples)), 3},
		"RF64":               {withSize(riff("RF64", chunk("ds64", ds64), fmtChunk(mono16), chunk("data", samples), chunk("LIST", []byte("noise"))), unknownSize), 3},
		"BW64, short size":   {riff("BW64", chunk("ds64", ds64), fmtChunk(mono16), chunk("data", samples)), 3},
		"from a pipe":        {withSize(plain, unknownSize), -1},
		"from a signed pipe": {withSize(plain, math.MaxInt32-44), -1},
		"never finished":     {append(riff("RIFF", fmtChunk(mono16), chunk("data", nil)), samples...), -1},
		"torn last frame":    {append(withSize(plain, unknownSize), 9), -1},
		"fmt with extension": {riff("RIFF", chunk("fmt ", append(fmtChunk(mono16)[8:], 0, 0)), chunk("data", samples)), 3},
		"20 bits in 3 bytes": {riff("RIFF", func() []byte {
			b := fmtChunk(wide)
			b[22] = 20 // bits per sample
			return b
		}(), chunk("data", []byte{0, 1, 0, 0, 2, 0, 0, 3, 0})), 3},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := NewWAVReader(bytes.NewReader(c.file))
			if err != nil {
				t.Fatal(err)
			}
			got, err := readAll(r)
			if err != io.EOF || r.Frames() != c.frames {
				t.Errorf("%d frames promised, end %v", r.Frames(), err)
			}
			for i, v := range got {
				if v*32768 != float32(i+1) {
					t.Errorf("samples %v", got)
				}
			}
			if len(got) != 3 {
				t.Errorf("%d samples", len(got))
			}
			// A file's own size says what a pipe's header does not.
			path := filepath.Join(t.TempDir(), "a.wav")
			if err := os.WriteFile(path, c.file, 0o600); err != nil {
				t.Fatal(err)
			}
			if r, err = OpenWAV(path); err != nil || r.Frames() != 3 || r.Close() != nil {
				t.Errorf("as a file: %d frames, %v", r.Frames(), err)
			}
		})
	}
}

func TestWAVBadFiles(t *testing.T) {
	tagged := func(tag uint16) []byte {
		b := fmtChunk(mono16)
		binary.LittleEndian.PutUint16(b[8:], tag)
		return riff("RIFF", b, chunk("data", []byte{1, 2}))
	}
	patched := func(at int, v byte) []byte {
		b := fmtChunk(mono16)
		b[at] = v
		return riff("RIFF", b, chunk("data", []byte{1, 2}))
	}
	whole := riff("RIFF", fmtChunk(mono16), chunk("data", []byte{1, 2}))
	for name, c := range map[string]struct {
		file []byte
		is   error
		says string
	}{
		"empty":              {nil, ErrEmptyFile, "empty"},
		"text":               {[]byte("hello,\nwörld"), ErrNotWAV, "text file"},
		"short text":         {[]byte("RI"), ErrNotWAV, "text file"},
		"FLAC":               {[]byte("fLaC\x00\x00\x00\x22"), ErrNotWAV, "FLAC"},
		"MP3":                {[]byte("\xFF\xFB\x90\x00"), ErrNotWAV, "MP3"},
		"AVI":                {[]byte("RIFF\x00\x00\x00\x00AVI LIST"), ErrNotWAV, `"AVI "`},
		"bytes":              {[]byte{0, 1, 2, 3}, ErrNotWAV, "00010203"},
		"magic only":         {[]byte("RIFF"), ErrTruncated, "4 bytes"},
		"no chunks":          {riff("RIFF"), ErrTruncated, "header"},
		"no data":            {riff("RIFF", fmtChunk(mono16)), ErrTruncated, "no data chunk"},
		"cut in fmt":         {whole[:30], ErrTruncated, "header"},
		"data first":         {riff("RIFF", chunk("data", []byte{1, 2}), fmtChunk(mono16)), ErrBadFormat, "no fmt chunk"},
		"short fmt":          {riff("RIFF", chunk("fmt ", make([]byte, 14))), ErrBadFormat, "14 bytes"},
		"A-law":              {tagged(6), ErrBadFormat, "A-law"},
		"unknown tag":        {tagged(0x1234), ErrBadFormat, "0x1234"},
		"short extensible":   {tagged(tagExtensible), ErrBadFormat, "16 bytes"},
		"no channels":        {patched(10, 0), ErrBadFormat, "0 channels"},
		"12-bit float":       {func() []byte { b := tagged(3); return b }(), ErrBadFormat, "16-bit float"},
		"bytes do not match": {patched(20, 3), ErrBadFormat, "24"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := NewWAVReader(bytes.NewReader(c.file))
			if name == "bytes do not match" {
				// 16 bits in 3 bytes is legal: a container of 24 bits.
				if err != nil {
					t.Error(err)
				}
				return
			}
			if !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %q, want one line of %q with %q", err, c.is, c.says)
			}
		})
	}
}

func TestWAVTruncated(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cut.wav")
	w, err := CreateWAV(path, WAVFormat{Rate: 48000, Channels: 2, Encoding: PCM24})
	if err != nil {
		t.Fatal(err)
	}
	want := ramp(2 * 96000)
	if err := errors.Join(w.Write(want), w.Close()); err != nil {
		t.Fatal(err)
	}
	st, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, st.Size()-6*48000-4); err != nil {
		t.Fatal(err)
	}
	r, err := OpenWAV(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got, err := readAll(r)
	if !errors.Is(err, ErrTruncated) || !IsEnd(err) {
		t.Fatalf("end %v", err)
	}
	if s := err.Error(); !strings.Contains(s, "96000 frames (2.00 s)") || !strings.Contains(s, "47999 (1.00 s)") {
		t.Errorf("%q does not say how much is missing", s)
	}
	if !slices.Equal(got, want[:2*47999]) {
		t.Errorf("what is there was not read: %d samples", len(got))
	}
}

func TestWAVReplacesNonFinite(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(-1)
	for _, e := range []Encoding{Float32, Float64} {
		var raw []byte
		for _, v := range []float64{1, nan, 0.5, inf, -0.5} {
			if e == Float32 {
				raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(float32(v)))
			} else {
				raw = binary.LittleEndian.AppendUint64(raw, math.Float64bits(v))
			}
		}
		r, err := NewWAVReader(bytes.NewReader(riff("RIFF", fmtChunk(WAVFormat{48000, 1, e, 0}), chunk("data", raw))))
		if err != nil {
			t.Fatal(err)
		}
		got, err := readAll(r)
		if err != io.EOF || !slices.Equal(got, []float32{1, 0, 0.5, 0, -0.5}) || r.Replaced() != 2 {
			t.Errorf("%v: %v, %d replaced, %v", e, got, r.Replaced(), err)
		}
	}
}

// TestWAVBecomesRF64 lowers the limit of 4 GiB instead of writing as much.
func TestWAVBecomesRF64(t *testing.T) {
	path := filepath.Join(t.TempDir(), "long.wav")
	w, err := CreateWAV(path, WAVFormat{Rate: 48000, Channels: 1, Encoding: Float32})
	if err != nil {
		t.Fatal(err)
	}
	w.limit = 1000
	want := ramp(1000)
	if err := errors.Join(w.Write(want), w.Close()); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil || string(b[:4]) != "RF64" || string(b[12:16]) != "ds64" {
		t.Fatalf("%q %q, %v", b[:4], b[12:16], err)
	}
	r, err := OpenWAV(path)
	if err != nil || r.Frames() != 1000 {
		t.Fatal(r.Frames(), err)
	}
	defer r.Close()
	if got, err := readAll(r); err != io.EOF || !slices.Equal(got, want) {
		t.Errorf("%d samples, %v", len(got), err)
	}
}

// failing is a disk that is full after n bytes.
type failing struct{ n int }

var errFull = errors.New("disk full")

func (f *failing) Write(p []byte) (int, error) {
	if f.n -= len(p); f.n < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestWAVWriterReportsFullDisk(t *testing.T) {
	w, err := NewWAVWriter(&failing{n: 100_000}, mono16)
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		err = w.Write(make([]float32, 1000))
	}
	if !errors.Is(err, errFull) || !errors.Is(w.Close(), errFull) || !errors.Is(w.Close(), errFull) {
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
	if err := w.Write(make([]float32, 2)); !errors.Is(err, ErrClosed) {
		t.Errorf("write after close: %v", err)
	}
}

func TestOpenWAVNamesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "missing.wav")
	if _, err := OpenWAV(path); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("missing file: %v", err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenWAV(path); !errors.Is(err, ErrEmptyFile) || !strings.Contains(err.Error(), path) {
		t.Errorf("empty file: %v", err)
	}
}

// FuzzWAVReader feeds damaged files: no panic, no samples that are not finite,
// and an end.
func FuzzWAVReader(f *testing.F) {
	for _, e := range allEncodings {
		f.Add(wavBytes(f, WAVFormat{Rate: 48000, Channels: 1 + int(e)%3, Encoding: e}, ramp(66)))
	}
	f.Add(riff("RF64", chunk("ds64", make([]byte, 28)), fmtChunk(mono16), chunk("data", []byte{1, 2})))
	f.Add(riff("RIFF", chunk("LIST", []byte("odd")), fmtChunk(mono16), chunk("data", []byte{1, 2}))[:50])
	f.Add([]byte("plain text"))
	f.Fuzz(func(t *testing.T, file []byte) {
		r, err := NewWAVReader(bytes.NewReader(file))
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\r") {
				t.Errorf("error of several lines: %q", err)
			}
			return
		}
		p, err := readAll(r)
		if !IsEnd(err) {
			t.Errorf("end %v", err)
		}
		if len(p) > len(file) {
			t.Errorf("%d samples from %d bytes", len(p), len(file))
		}
		if silenceNonFinite(p) != 0 {
			t.Error("samples that are not finite")
		}
		if n, err := r.Read(make([]float32, maxChannels)); n != 0 || !IsEnd(err) {
			t.Errorf("after the end: %d, %v", n, err)
		}
	})
}

func BenchmarkWAVReader(b *testing.B) {
	for _, e := range allEncodings {
		b.Run(e.String()+", 10 ms", func(b *testing.B) {
			file := wavBytes(b, WAVFormat{Rate: 48000, Channels: 1, Encoding: e}, ramp(480))
			endless := io.MultiReader(bytes.NewReader(file), zeros{})
			r, err := NewWAVReader(endless)
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

func BenchmarkWAVWriter(b *testing.B) {
	w, err := NewWAVWriter(io.Discard, WAVFormat{Rate: 48000, Channels: 1, Encoding: PCM24})
	if err != nil {
		b.Fatal(err)
	}
	p := ramp(480)
	b.ReportAllocs()
	for b.Loop() {
		if err := w.Write(p); err != nil {
			b.Fatal(err)
		}
	}
}
