package recording

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stillmic/stillmic/audioio/pcm"
)

func TestOpenNamesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "missing.wav")
	if _, err := Open(path); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("missing file: %v", err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); !errors.Is(err, pcm.ErrEmptyFile) || !strings.Contains(err.Error(), path) {
		t.Errorf("empty file: %v", err)
	}
}
