//go:build unix

package control

import (
	"fmt"
	"os"
	"syscall"
)

// ownFolder makes a folder for this user alone (0700). One that was there already is
// closed to others, and refused if it is somebody else's: who owns the folder can put
// another socket in the place of ours.
func ownFolder(dir string) error {
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
