package clean

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/daemon/picture"
)

// The picture shows every channel of what was read and what was written, brought
// to its loudness.
func TestPictureShowsTheResult(t *testing.T) {
	dir := t.TempDir()
	in, out, png := filepath.Join(dir, "in.wav"), filepath.Join(dir, "out.wav"), filepath.Join(dir, "seen.png")
	x := phrases(1, 48000, 2, 2, 0.1)
	for i := 0; i < len(x); i += 2 {
		x[i] = 0 // the voice is on the right
	}
	writeFile(t, in, pcm.Format{Rate: 48000, Channels: 2, Encoding: pcm.Float32}, x)
	o := options
	o.Loudness, o.TruePeak = -16, -1
	if _, err := File(t.Context(), Job{In: in, Out: out, Picture: png}, o); err != nil {
		t.Fatal(err)
	}
	y, _ := readFile(t, out)
	p := picture.New(48000)
	p.Track("before", 2).Write(x)
	p.Track("after", 2).Write(y)
	var want bytes.Buffer
	if err := p.Encode(&want); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(png); err != nil || !bytes.Equal(got, want.Bytes()) {
		t.Errorf("%d bytes, %v; the picture of input and output has %d", len(got), err, want.Len())
	}
}
