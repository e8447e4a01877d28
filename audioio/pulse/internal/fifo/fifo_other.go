//go:build !linux

package fifo

import "errors"

// Supported reports that there is no pipe source on this system; a server
// reached from here is fed through a null sink.
const Supported = false

type pipe struct{}

// Prepare is not possible here.
func Prepare(string) error { return errors.ErrUnsupported }

// Open is not possible here.
func Open(string) (*Writer, error) { return nil, errors.ErrUnsupported }

func (*pipe) write([]byte) (bool, error) { return false, errors.ErrUnsupported }
func (*pipe) drain() int                 { return 0 }
func (*pipe) queued() int                { return 0 }
func (*pipe) close() error               { return nil }
