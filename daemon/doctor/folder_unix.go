//go:build unix

package doctor

import "io/fs"

// isOpen reports whether a folder can be opened by others.
func isOpen(mode fs.FileMode) bool { return mode.Perm()&0o077 != 0 }
