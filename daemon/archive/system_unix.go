//go:build unix

package archive

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// lockFile locks a file until it is closed. Its error is ErrBusy if another process has. File
// systems without locks lock nothing.
func lockFile(f *os.File) error {
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); errors.Is(err, unix.EWOULDBLOCK) {
		return ErrBusy
	}
	return nil
}

// machineFaults are errors of the system that every recording would meet, and that may be gone
// another time or elsewhere. One that cannot be read (EIO) is not among them: it would keep all
// behind it from being cleaned, in every run.
var machineFaults = []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EROFS, syscall.ENOMEM, syscall.EMFILE, syscall.ENFILE,
	syscall.EHOSTDOWN, syscall.ENOTCONN}
