package daemon

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/stillmic/stillmic/daemon/paths"
)

// welcomedName is a file that is there when the page has shown how to use the microphone.
const welcomedName = "welcomed"

func isWelcomed(state string) bool {
	_, err := os.Stat(filepath.Join(state, welcomedName))
	return err == nil
}

// SetWelcomed remembers that the person knows how to use the microphone, or has the page show it
// again.
func (d *Daemon) SetWelcomed(done bool) error {
	state, err := paths.StateDir()
	if err != nil {
		return err
	}
	path := filepath.Join(state, welcomedName)
	if done {
		if err = os.MkdirAll(state, 0o700); err == nil {
			err = os.WriteFile(path, nil, 0o600)
		}
	} else if err = os.Remove(path); errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err != nil {
		return fmt.Errorf("remember the welcome: %w", err)
	}
	d.welcomed.Store(done)
	return nil
}
