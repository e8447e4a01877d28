package clean

import (
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
