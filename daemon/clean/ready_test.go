package clean

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/wav"
)

// TestReady: what is told to be ready is what comes to its place, is not there yet, and an error
// keeps it from coming.
func TestReady(t *testing.T) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.wav"), filepath.Join(dir, "new", "out.wav")
	if err := wav.WriteFile(in, pcm.Format{Rate: 48000, Channels: 1, Encoding: pcm.Int16}, make([]float32, 9600)); err != nil {
		t.Fatal(err)
	}
	refused := errors.New("refused")
	var seen string
	o := options
	o.Ready = func(r Result, path string) error {
		b, err := os.ReadFile(path)
		if seen = string(b); err != nil {
			t.Error(err)
		}
		if !isNew(out) || r.Frames != 9600 || r.Output != out {
			t.Errorf("told of %+v", r)
		}
		return refused
	}
	if _, err := One(t.Context(), Job{In: in, Out: out}, o); !errors.Is(err, refused) {
		t.Errorf("%v, want that it was refused", err)
	}
	if left := contents(t, filepath.Dir(out)); len(left) != 0 {
		t.Errorf("left are %q", left)
	}
	refused = nil
	if _, err := One(t.Context(), Job{In: in, Out: out}, o); err != nil {
		t.Fatal(err)
	}
	if got := contents(t, filepath.Dir(out)); got["out.wav"] != seen || seen == "" {
		t.Errorf("%d bytes came to the place, of %d that were ready", len(got["out.wav"]), len(seen))
	}
}
