//go:build unix

package control

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// makePrivateDir makes a folder for this user alone (0700). One that was there already is
// closed to others, and refused if it is somebody else's: who owns the folder can put
// another socket in the place of ours.
func makePrivateDir(dir string) error {
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

// lock is an advisory lock on a file, which the system takes back when the
// process ends, even by kill -9. The file holds the process id.
type lock struct{ file *os.File }

func takeLock(dir string) (*lock, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock of the control socket: %w", err)
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		text, _ := io.ReadAll(io.LimitReader(f, 32)) // it may just be written: then without a number
		return nil, errors.Join(running(strings.TrimSpace(string(text))), f.Close())
	}
	if err == nil {
		err = f.Truncate(0)
	}
	if err == nil {
		_, err = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock of the control socket: %w", err), f.Close())
	}
	return &lock{f}, nil
}

func running(pid string) error {
	if pid == "" {
		return fmt.Errorf("%w; to restart it: stillmic service restart", ErrRunning)
	}
	return fmt.Errorf("%w (pid %s); to restart it: stillmic service restart", ErrRunning, pid)
}

// release gives the lock back. The file stays: removing it would let two
// processes lock two files of the same name.
func (l *lock) release() error { return l.file.Close() }
