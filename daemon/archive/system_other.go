//go:build !unix

package archive

import (
	"os"
	"syscall"
)

// lockFile locks nothing here.
func lockFile(*os.File) error { return nil }

// machineFaults are errors of the system that every recording would meet, and that may be gone
// another time or elsewhere. The number is that of a full disk.
var machineFaults = []error{syscall.Errno(112)}
