//go:build !linux

package pulse

import "errors"

// fifoSupported reports that there is no pipe source on this system; a server
// reached from here is fed through a null sink.
const fifoSupported = false

type fifo struct{}

func prepareFIFO(string) error             { return errors.ErrUnsupported }
func openFIFO(string) (*pipeWriter, error) { return nil, errors.ErrUnsupported }
func (*fifo) write([]byte) (bool, error)   { return false, errors.ErrUnsupported }
func (*fifo) drain() int                   { return 0 }
func (*fifo) queued() int                  { return 0 }
func (*fifo) close() error                 { return nil }
