package clean

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// resultMark is an extended attribute of results. File systems without any keep none,
// and a program that writes a file anew drops it.
const resultMark = "user.stillmic.result"

// markResult notes that a file is a result.
func markResult(f *os.File) { _ = unix.Fsetxattr(int(f.Fd()), resultMark, []byte("1"), 0) }

func hasResultMark(path string) bool {
	_, err := unix.Getxattr(path, resultMark, nil)
	return err == nil
}

// renameNoReplace renames a file unless there is one of the new name; its error is
// errors.ErrUnsupported where the file system cannot do that at once.
func renameNoReplace(from, to string) error {
	err := unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, unix.RENAME_NOREPLACE)
	if errors.Is(err, unix.EINVAL) {
		return errors.ErrUnsupported
	}
	if err != nil {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
	}
	return nil
}
