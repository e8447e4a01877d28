package wire

import (
	"fmt"
	"io"
	"net"
	"sync"
	"syscall"
	"unsafe"
)

// rawConn is a connection that is read and written without telling Go's
// scheduler. Its system calls never wait: what waits is Go's poller, in the
// thread that then goes on with what came, so that a block costs one wake-up.
// A system call that the scheduler is told of wakes its monitor, which then looks
// every 20 us for a millisecond whether it takes too long; that costs more than the
// call.
type rawConn struct {
	net.Conn
	in      rawIO
	out     rawIO
	raw     syscall.RawConn
	writing sync.Mutex
}

// rawIO is a system call and what came of it.
type rawIO struct {
	trap  uintptr
	b     []byte
	n     int
	errno syscall.Errno
	try   func(fd uintptr) (done bool) // made once, so that no call allocates
}

// quick returns c as a rawConn, or unchanged where it has no descriptor.
func quick(c net.Conn) net.Conn {
	s, ok := c.(syscall.Conn)
	if !ok {
		return c
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return c
	}
	q := &rawConn{Conn: c, raw: raw}
	q.in.prepare(syscall.SYS_READ)
	q.out.prepare(syscall.SYS_WRITE)
	return q
}

func (c *rawIO) prepare(trap uintptr) {
	c.trap = trap
	c.try = func(fd uintptr) bool {
		n, errno := RawCall(c.trap, fd, c.b)
		c.n, c.errno = n, errno
		return errno != syscall.EAGAIN
	}
}

// RawCall reads or writes b, which is not empty, at a descriptor that does not
// block.
func RawCall(trap, fd uintptr, b []byte) (n int, errno syscall.Errno) {
	for {
		k, _, errno := syscall.RawSyscall(trap, fd, uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)))
		switch errno {
		case 0:
			return int(k), 0
		case syscall.EINTR:
		default:
			return 0, errno
		}
	}
}

// result returns what came of a call, given what the poller says.
func (c *rawIO) result(err error) (int, error) {
	c.b = nil
	switch {
	case err != nil:
		return 0, err
	case c.errno != 0:
		return 0, c.errno
	}
	return c.n, nil
}

// SyscallConn implements syscall.Conn.
func (q *rawConn) SyscallConn() (syscall.RawConn, error) { return q.raw, nil }

// Read implements io.Reader, for one caller at a time. It does not allocate.
func (q *rawConn) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	q.in.b = b
	n, err := q.in.result(q.raw.Read(q.in.try))
	switch {
	case err != nil:
		return 0, fmt.Errorf("read: %w", err)
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}

// Write implements io.Writer.
func (q *rawConn) Write(b []byte) (n int, err error) {
	q.writing.Lock()
	defer q.writing.Unlock()
	for n < len(b) {
		q.out.b = b[n:]
		k, err := q.out.result(q.raw.Write(q.out.try))
		if err != nil {
			return n, fmt.Errorf("write: %w", err)
		}
		n += k
	}
	return n, nil
}
