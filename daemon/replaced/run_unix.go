//go:build unix

package replaced

import (
	"fmt"
	"os"
	"syscall"
)

// Run has the program that is installed now take this process over, with the same
// arguments; it returns only if that fails. Everything must have ended before.
func (w *Watch) Run() error {
	if err := syscall.Exec(w.path, os.Args, os.Environ()); err != nil {
		return fmt.Errorf("run the program that was installed: %w", err)
	}
	return nil
}
