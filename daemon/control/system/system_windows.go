package system

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// MakePrivateDir makes a folder; below the user's own it is nobody else's here.
func MakePrivateDir(dir string) error { return os.MkdirAll(dir, 0o700) }

// lockFile reports whether the lock of a file was free, and is this process's now. Nobody can read
// what is locked here: it is the first byte after 4 GiB, where the file has none.
func lockFile(f *os.File) (ours bool, err error) {
	const flags = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	err = windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, &windows.Overlapped{OffsetHigh: 1})
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) || errors.Is(err, windows.ERROR_IO_PENDING) {
		return false, nil
	}
	return err == nil, err
}

// NoUnixSockets reports whether an error means that this system has none: Windows has them since
// version 1803, Wine has not.
func NoUnixSockets(err error) bool { return errors.Is(err, windows.WSAEAFNOSUPPORT) }

// AddressInUse reports whether an error means that another program listens there, or that the
// system keeps the address for itself.
func AddressInUse(err error) bool {
	return errors.Is(err, windows.WSAEADDRINUSE) || errors.Is(err, windows.WSAEACCES)
}
