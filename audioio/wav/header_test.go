package wav

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stillmic/stillmic/audioio/internal/formattest"
	"github.com/stillmic/stillmic/audioio/pcm"
)

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

func fmtChunk(f pcm.Format) []byte { return appendFormat(nil, f) }

// withSize returns a copy of a file whose first data chunk claims a size.
func withSize(b []byte, size uint32) []byte {
	b = slices.Clone(b)
	binary.LittleEndian.PutUint32(b[bytes.Index(b, []byte("data"))+4:], size)
	return b
}

func TestWAVVariants(t *testing.T) {
	samples := []byte{1, 0, 2, 0, 3, 0}
	plain := riff("RIFF", fmtChunk(mono16), chunk("data", samples))
	ds64 := make([]byte, 28)
	ds64[8] = byte(len(samples))
	wide := pcm.Format{Rate: 8000, Channels: 1, Encoding: pcm.Int24}
	for name, c := range map[string]struct {
		file   []byte
		frames int64
	}{
		"plain":              {plain, 3},
		"odd chunks between": {riff("RIFF", chunk("LIST", []byte("odd")), fmtChunk(mono16), chunk("bext", make([]byte, 603)), chunk("data", samples)), 3},
		"chunk after":        {riff("RIFF", fmtChunk(mono16), chunk("data", samples), chunk("LIST", []byte("noise"))), 3},
		"extensible":         {riff("RIFF", fmtChunk(pcm.Format{Rate: 8000, Channels: 1, Encoding: pcm.Int16, ChannelMask: 4}), chunk("data", samples)), 3},
		"RF64":               {withSize(riff("RF64", chunk("ds64", ds64), fmtChunk(mono16), chunk("data", samples), chunk("LIST", []byte("noise"))), unknownSize), 3},
		"BW64, short size":   {riff("BW64", chunk("ds64", ds64), fmtChunk(mono16), chunk("data", samples)), 3},
		"from a pipe":        {withSize(plain, unknownSize), -1},
		"from a signed pipe": {withSize(plain, math.MaxInt32-44), -1},
		"never finished":     {append(riff("RIFF", fmtChunk(mono16), chunk("data", nil)), samples...), -1},
		"never counted":      {riff("RIFF", fmtChunk(mono16), append(chunk("data", nil), samples...)), -1},
		"torn last frame":    {append(withSize(plain, unknownSize), 9), -1},
		"fmt with extension": {riff("RIFF", chunk("fmt ", append(fmtChunk(mono16)[8:], 0, 0)), chunk("data", samples)), 3},
		"20 bits in 3 bytes": {riff("RIFF", func() []byte {
			b := fmtChunk(wide)
			b[22] = 20 // bits per sample
			return b
		}(), chunk("data", []byte{0, 1, 0, 0, 2, 0, 0, 3, 0})), 3},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := NewReader(bytes.NewReader(c.file))
			if err != nil {
				t.Fatal(err)
			}
			got, err := formattest.ReadAll(r)
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
			if r, err = openWAV(t, path); err != nil || r.Frames() != 3 || r.Close() != nil {
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
		"empty":              {nil, pcm.ErrEmptyFile, "empty"},
		"text":               {[]byte("hello,\nwörld"), ErrNotWAV, "text file"},
		"short text":         {[]byte("RI"), ErrNotWAV, "text file"},
		"FLAC":               {[]byte("fLaC\x00\x00\x00\x22"), ErrNotWAV, "FLAC"},
		"MP3":                {[]byte("\xFF\xFB\x90\x00"), ErrNotWAV, "MP3"},
		"AVI":                {[]byte("RIFF\x00\x00\x00\x00AVI LIST"), ErrNotWAV, `"AVI "`},
		"bytes":              {[]byte{0, 1, 2, 3}, ErrNotWAV, "00010203"},
		"magic only":         {[]byte("RIFF"), pcm.ErrTruncated, "4 bytes"},
		"no chunks":          {riff("RIFF"), pcm.ErrTruncated, "header"},
		"no data":            {riff("RIFF", fmtChunk(mono16)), pcm.ErrTruncated, "no data chunk"},
		"cut in fmt":         {whole[:30], pcm.ErrTruncated, "header"},
		"data first":         {riff("RIFF", chunk("data", []byte{1, 2}), fmtChunk(mono16)), pcm.ErrBadFormat, "no fmt chunk"},
		"short fmt":          {riff("RIFF", chunk("fmt ", make([]byte, 14))), pcm.ErrBadFormat, "14 bytes"},
		"A-law":              {tagged(6), pcm.ErrBadFormat, "A-law"},
		"unknown tag":        {tagged(0x1234), pcm.ErrBadFormat, "0x1234"},
		"short extensible":   {tagged(tagExtensible), pcm.ErrBadFormat, "16 bytes"},
		"no channels":        {patched(10, 0), pcm.ErrBadFormat, "0 channels"},
		"12-bit float":       {func() []byte { b := tagged(3); return b }(), pcm.ErrBadFormat, "16-bit float"},
		"bytes do not match": {patched(20, 3), pcm.ErrBadFormat, "24"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := NewReader(bytes.NewReader(c.file))
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

// TestWAVSecondSamples: what a file has behind its samples is said where that is more of them,
// after the first have been read.
func TestWAVSecondSamples(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.wav")
	samples := chunk("data", []byte{1, 0, 2, 0})
	if err := os.WriteFile(path, riff("RIFF", fmtChunk(mono16), samples, chunk("LIST", []byte("noise")), samples), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := openWAV(t, path)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := formattest.ReadAll(r); len(got) != 2 || !errors.Is(err, pcm.ErrDamaged) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestWAVReplacesNonFinite(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(-1)
	for _, e := range []pcm.Encoding{pcm.Float32, pcm.Float64} {
		var raw []byte
		for _, v := range []float64{1, nan, 0.5, inf, -0.5} {
			if e == pcm.Float32 {
				raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(float32(v)))
			} else {
				raw = binary.LittleEndian.AppendUint64(raw, math.Float64bits(v))
			}
		}
		r, err := NewReader(bytes.NewReader(riff("RIFF", fmtChunk(pcm.Format{Rate: 48000, Channels: 1, Encoding: e}), chunk("data", raw))))
		if err != nil {
			t.Fatal(err)
		}
		got, err := formattest.ReadAll(r)
		if err != io.EOF || !slices.Equal(got, []float32{1, 0, 0.5, 0, -0.5}) || r.Replaced() != 2 {
			t.Errorf("%v: %v, %d replaced, %v", e, got, r.Replaced(), err)
		}
	}
}
