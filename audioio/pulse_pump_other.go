//go:build !linux

package audioio

import (
	"errors"
	"net"
)

// threadSocket is not made here.
type threadSocket struct{ net.Conn }

func newThreadSocket(net.Conn) (*threadSocket, error) { return nil, errors.ErrUnsupported }

// ReadNow is never called, because none is made.
func (*threadSocket) ReadNow([]byte) (int, error) { return 0, errors.ErrUnsupported }
