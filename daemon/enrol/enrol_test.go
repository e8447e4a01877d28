package enrol

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/wav"
	"github.com/stillmic/stillmic/daemon/synth"
	"github.com/stillmic/stillmic/model"
	"github.com/stillmic/stillmic/model/voiceprint"
)

// TestPrintIsKeptForTheUserAlone: folder and file are the user's, also where the file was anybody's
// before, and what is read is what was written.
func TestPrintIsKeptForTheUserAlone(t *testing.T) {
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	path, err := Path()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path); !errors.Is(err, ErrNone) {
		t.Errorf("without a file: %v, must be ErrNone", err)
	}
	p := spoken(t)
	for range 2 {
		if err := Write(path, p, true); err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]fs.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
			st, err := os.Stat(name)
			if err != nil {
				t.Fatal(err)
			}
			if st.Mode().Perm() != want {
				t.Errorf("%s has mode %o, must have %o", name, st.Mode().Perm(), want)
			}
		}
		if err := os.Chmod(path, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := Write(path, p, false); !errors.Is(err, fs.ErrExist) {
		t.Errorf("in the place of another: %v, must be fs.ErrExist", err)
	}
	if err := Write(filepath.Dir(path), p, true); err == nil {
		t.Error("a folder is replaced")
	}
	back, err := Read(path)
	if err != nil || *back != *p {
		t.Errorf("a print comes back as another: %v", err)
	}
}

// spoken is the print of a synthetic voice.
func spoken(t *testing.T) *voiceprint.Print {
	t.Helper()
	x, err := synth.Speech(t.Context(), "en-us", 0.3, synth.Sentences[0], synth.Sentences[1], synth.Sentences[0])
	if err != nil {
		t.Skip("SKIPPED: espeak-ng is not installed, no voice is enrolled:", err)
	}
	w, err := model.Light()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "voice.wav")
	if err := wav.WriteFile(path, pcm.Format{Rate: 48000, Channels: 1, Encoding: pcm.Int16}, x); err != nil {
		t.Fatal(err)
	}
	p, _, err := From(t.Context(), w, []string{path})
	if err != nil {
		t.Fatal(err)
	}
	if p.Own < 0.5 || p.Seconds < 0.4*float64(len(x))/48000 {
		t.Errorf("%.0f s of a voice make a print of %.1f s, whose seconds resemble it by %.2f", float64(len(x))/48000, p.Seconds, p.Own)
	}
	return p
}

// TestFromSaysWhatIsMissing: a recording that is not there, and one without speech.
func TestFromSaysWhatIsMissing(t *testing.T) {
	w, err := model.Light()
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := From(t.Context(), w, []string{"nothing.wav"}); err == nil || !strings.Contains(err.Error(), "nothing.wav") {
		t.Errorf("a file that is not there: %v", err)
	}
	path := filepath.Join(t.TempDir(), "silence.wav")
	if err := wav.WriteFile(path, pcm.Format{Rate: 16000, Channels: 2, Encoding: pcm.Int16}, make([]float32, 64000)); err != nil {
		t.Fatal(err)
	}
	_, _, err = From(t.Context(), w, []string{path})
	if err == nil || !strings.Contains(err.Error(), "only 0.0 s of speech") {
		t.Errorf("silence: %v, must say how much speech is missing", err)
	}
}
