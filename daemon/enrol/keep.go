package enrol

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/stillmic/stillmic/audioio/atomicfile"
	"github.com/stillmic/stillmic/audioio/printable"
	"github.com/stillmic/stillmic/daemon/paths"
	"github.com/stillmic/stillmic/model/voiceprint"
)

// ErrNone: there is no print.
var ErrNone = errors.New("no voice is enrolled; enrol yours: stillmic voiceprint enroll --from talk.wav")

// Path is where the print of the user's own voice lies.
func Path() (string, error) {
	dir, err := paths.DataDir()
	return filepath.Join(dir, "voiceprint.json"), err
}

// Write puts a print into a file that only the user can read, and makes the folder for it.
func Write(path string, p *voiceprint.Print) error {
	data, err := p.Marshal()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("cannot write the voice print: %w", err)
	}
	return atomicfile.WriteFile(path, data, 0o600)
}

// Read returns the print in a file. Its error is ErrNone if the file is not there.
func Read(path string) (*voiceprint.Print, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNone
	}
	if err != nil {
		return nil, err
	}
	p, err := voiceprint.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", printable.Text(path), err)
	}
	return p, nil
}
