package archive

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/stillmic/stillmic/audioio/atomicfile"
)

// WriteFile writes a file that is complete or not there; replace allows it to take the
// place of another. Its error is fs.ErrExist if there is one that it may not.
func WriteFile(path string, replace bool, write func(io.Writer) error) error {
	f, err := atomicfile.Create(path, replace)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	w := bufio.NewWriter(f)
	if err = errors.Join(write(w), w.Flush(), f.Chmod(0o644)); err != nil {
		err = errors.Join(err, f.Discard())
	} else {
		err = f.Commit()
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
