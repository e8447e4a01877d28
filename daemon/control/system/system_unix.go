//go:build unix

package system

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// MakePrivateDir makes a folder for this user alone (0700). One that was there already is
// closed to others, and refused if it is somebody else's: who owns the folder can put
// another socket in the place of ours.
func MakePrivateDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	st, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	owner, known := st.Sys().(*syscall.Stat_t)
	if !st.IsDir() || known && int(owner.Uid) != os.Geteuid() {
		return fmt.Errorf("%s is not a folder of this user's own; remove it, or set XDG_RUNTIME_DIR to a folder that is", dir)
	}
	if st.Mode().Perm()&0o077 != 0 {
		return os.Chmod(dir, 0o700)
	}
	return nil
}

// lockFile reports whether the lock of a file was free, and is this process's now.
func lockFile(f *os.File) (ours bool, err error) {
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}

// NoUnixSockets reports whether an error means that this system has none.
func NoUnixSockets(err error) bool { return errors.Is(err, unix.EAFNOSUPPORT) }

// AddressInUse reports whether an error means that another program listens there.
func AddressInUse(err error) bool { return errors.Is(err, unix.EADDRINUSE) }
