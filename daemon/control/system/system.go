// Package system is what the control socket needs of a system in its own way: a folder for one
// user, a lock that ends with the process, and which errors of sockets mean what.
package system

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// Held is the error of a lock that another process has.
type Held struct{ PID string } // "" while that process is just writing it

// Error implements error.
func (h Held) Error() string { return "held by process " + h.PID }

// Lock is an advisory lock on a file, which the system takes back when the process ends, even by
// kill -9. The file holds the process id.
type Lock struct{ file *os.File }

// TakeLock takes the lock of a file, which it makes (0600). The error is a Held while another
// process has it.
func TakeLock(path string) (*Lock, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock of the control socket: %w", err)
	}
	ours, err := lockFile(f)
	if err == nil && !ours {
		text, _ := io.ReadAll(io.LimitReader(f, 32)) // it may just be written: then without a number
		return nil, errors.Join(Held{strings.TrimSpace(string(text))}, f.Close())
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
	return &Lock{f}, nil
}

// Release gives the lock back. The file stays: removing it would let two processes lock two
// files of the same name.
func (l *Lock) Release() error { return l.file.Close() }
