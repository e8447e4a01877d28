//go:build linux

package wire

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
	"testing"
	"time"
)

// An address that never answers is given up.
func TestDialHasALimit(t *testing.T) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	a := Address{"tcp", fmt.Sprintf("127.0.0.1:%d", name.(*syscall.SockaddrInet4).Port)}
	// Nobody accepts, so that the queue is full after one or a few.
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for range 8 {
		conn, err := dial(ctx, a, 200*time.Millisecond)
		if err != nil {
			var late net.Error
			if !errors.As(err, &late) || !late.Timeout() || ctx.Err() != nil {
				t.Errorf("%v, %v; want the limit", err, ctx.Err())
			}
			return
		}
		defer conn.Close()
	}
	t.Skip("this system queues more connections than it was asked to")
}
