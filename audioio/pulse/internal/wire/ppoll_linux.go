package wire

import (
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// pollSocket is a connection that Go's poller knows nothing of: the thread
// that wants to read waits for it by itself. It is for a thread that alone has a
// better priority; elsewhere rawConn costs less.
//
// It waits in a system call that Go's scheduler is not told of, either. One
// that it is told of has the scheduler's monitor look every 20 us whether
// somebody else could have the processor, which costs more than the audio
// does. For as long as it waits, one of GOMAXPROCS is taken, so the daemon
// asks for one more. The garbage collector interrupts the wait with the signal
// by which it stops any goroutine.
type pollSocket struct {
	mu     sync.Mutex
	fd     int // -1 when closed
	users  int // calls that use fd just now
	closed bool
}

// waitMost bounds one wait, in case a signal came just before it: 100 ms.
var waitMost = unix.Timespec{Nsec: int64(100 * time.Millisecond)}

// newPollSocket takes a connection from Go's poller. The connection itself is
// closed; on failure it stays as it was.
func newPollSocket(conn net.Conn) (*pollSocket, error) {
	c, ok := conn.(syscall.Conn)
	if !ok {
		return nil, fmt.Errorf("a %T has no descriptor", conn)
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return nil, err
	}
	s := &pollSocket{fd: -1}
	cerr := raw.Control(func(fd uintptr) { s.fd, err = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0) })
	if err = errors.Join(err, cerr); err != nil {
		return nil, err
	}
	return s, conn.Close()
}

// use returns the descriptor, which stays open until done.
func (s *pollSocket) use() (fd int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return -1, net.ErrClosed
	}
	s.users++
	return s.fd, nil
}

func (s *pollSocket) done() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.users--
	if s.closed && s.users == 0 {
		s.end()
	}
}

// end closes the descriptor. The caller holds mu.
func (s *pollSocket) end() {
	_ = unix.Close(s.fd) // nothing was left to be written
	s.fd = -1
}

// Close wakes the reader, and ends the connection.
func (s *pollSocket) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	err := unix.Shutdown(s.fd, unix.SHUT_RDWR)
	if s.users == 0 {
		s.end()
	}
	return err
}

// Read implements io.Reader. It does not allocate.
func (s *pollSocket) Read(b []byte) (int, error) {
	fd, err := s.use()
	if err != nil {
		return 0, err
	}
	defer s.done()
	ready := [1]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	for {
		// Let others that wait for a processor go first, and the scheduler see that
		// this goroutine does not keep it.
		runtime.Gosched()
		most := waitMost // the kernel writes the rest into it
		unix.RawSyscall6(unix.SYS_PPOLL, uintptr(unsafe.Pointer(&ready[0])), 1, uintptr(unsafe.Pointer(&most)), 0, 0, 0)
		if ready[0].Revents == 0 {
			continue // interrupted, or time is up
		}
		n, err := unix.Read(fd, b)
		switch {
		case n > 0:
			return n, nil
		case err == nil:
			return 0, io.EOF
		case !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EINTR):
			return 0, err
		}
		ready[0].Revents = 0
	}
}

// ReadNow reads what is there; errNothing says that there is nothing. It does not
// allocate.
func (s *pollSocket) ReadNow(b []byte) (int, error) {
	fd, err := s.use()
	if err != nil {
		return 0, err
	}
	defer s.done()
	switch n, errno := RawCall(syscall.SYS_READ, uintptr(fd), b); {
	case errno == syscall.EAGAIN:
		return 0, errNothing
	case errno != 0:
		return 0, errno
	case n == 0:
		return 0, io.EOF
	default:
		return n, nil
	}
}

// Write implements io.Writer. It does not allocate.
func (s *pollSocket) Write(b []byte) (n int, err error) {
	fd, err := s.use()
	if err != nil {
		return 0, err
	}
	defer s.done()
	for n < len(b) {
		k, errno := RawCall(syscall.SYS_WRITE, uintptr(fd), b[n:])
		switch errno {
		case 0:
			n += k
		case syscall.EAGAIN:
			ready := [1]unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}
			if _, err := unix.Poll(ready[:], -1); err != nil && !errors.Is(err, unix.EINTR) {
				return n, err
			}
		default:
			return n, errno
		}
	}
	return n, nil
}
