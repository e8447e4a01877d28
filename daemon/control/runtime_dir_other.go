//go:build !unix

package control

import (
	"fmt"
	"net"
	"os"
	"time"
)

// makePrivateDir makes a folder; below the user's own it is nobody else's here.
func makePrivateDir(dir string) error { return os.MkdirAll(dir, 0o700) }

// lock holds nothing here: a socket that answers is the sign of another daemon.
type lock struct{}

func takeLock(dir string) (*lock, error) {
	c, err := net.DialTimeout("unix", SocketPath(dir), time.Second)
	if err != nil {
		return &lock{}, nil // nobody answers: the path is free or stale
	}
	if err := c.Close(); err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("%w: stop it first", ErrRunning)
}

func (l *lock) release() error { return nil }
