//go:build !unix

package control

import "os"

// ownFolder makes a folder; below the user's own it is nobody else's here.
func ownFolder(dir string) error { return os.MkdirAll(dir, 0o700) }
