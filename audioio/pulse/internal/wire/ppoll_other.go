//go:build !linux

package wire

import (
	"errors"
	"net"
)

// pollSocket is not made here.
type pollSocket struct{ net.Conn }

func newPollSocket(net.Conn) (*pollSocket, error) { return nil, errors.ErrUnsupported }

// ReadNow is never called, because none is made.
func (*pollSocket) ReadNow([]byte) (int, error) { return 0, errors.ErrUnsupported }
