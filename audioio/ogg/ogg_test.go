package ogg

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stillmic/stillmic/audioio/internal/formattest"
)

// FuzzReader feeds damaged files to decoders that are not ours: whatever they do
// with them, it is an error of ours, no panic, and ends.
func FuzzReader(f *testing.F) {
	for _, name := range []string{"tone.ogg", "tone.opus"} {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		open := NewVorbisReader
		switch Codec(b) {
		case "":
			return
		case "opus":
			open = NewOpusReader
		}
		r, err := open(bytes.NewReader(b))
		_, _ = formattest.Damaged(t, r, err, math.MaxFloat32)
	})
}
