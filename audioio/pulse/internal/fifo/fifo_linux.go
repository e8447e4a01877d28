package fifo

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"syscall"
	"unsafe"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pulse/internal/wire"
)

// Supported reports that this system has FIFOs that a server can read.
const Supported = true

// pipe is a named pipe, opened for both directions: opening does not wait for
// the server, a server that goes away does not end us with a broken pipe, and
// what nobody reads can be taken out again.
type pipe struct {
	path  string
	waste [blockBytes]byte // where drain reads to; the writer's only

	mu sync.RWMutex // guards fd against being closed in use
	fd int          // -1 when closed
}

// fcntlSetPipeSize is F_SETPIPE_SZ.
const fcntlSetPipeSize = 1031

// Prepare clears the way for the pipe source, which makes the FIFO itself
// and fails when there is one.
func Prepare(path string) error {
	if st, err := os.Lstat(path); err == nil && st.Mode()&fs.ModeNamedPipe == 0 {
		return fmt.Errorf("%s is in the way: it is no FIFO; remove it", path)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove the old FIFO: %w", err)
	}
	return nil
}

// Open opens the FIFO that the pipe source made and closes it to others.
func Open(path string) (*Writer, error) {
	// Not os.OpenFile: its poller would turn EAGAIN into waiting.
	fd, err := syscall.Open(path, syscall.O_RDWR|syscall.O_NONBLOCK|syscall.O_CLOEXEC|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return nil, fmt.Errorf("open the FIFO %s: %w", path, err)
	}
	var st syscall.Stat_t
	if err := syscall.Fstat(fd, &st); err != nil || st.Mode&syscall.S_IFMT != syscall.S_IFIFO {
		return nil, errors.Join(fmt.Errorf("%s is no FIFO: %w", path, audioio.ErrNoDevice), err, syscall.Close(fd))
	}
	if err := syscall.Fchmod(fd, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("mode of the FIFO %s: %w", path, err), syscall.Close(fd))
	}
	if _, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(fd), fcntlSetPipeSize, fifoBytes); errno != 0 {
		return nil, errors.Join(fmt.Errorf("size of the FIFO %s: %w", path, errno), syscall.Close(fd))
	}
	return &Writer{pipe: &pipe{path: path, fd: fd}}, nil
}

// write writes p, at most PIPE_BUF bytes, all or nothing; full says nothing.
func (f *pipe) write(p []byte) (full bool, err error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if f.fd < 0 {
		return false, audioio.ErrClosed
	}
	switch _, errno := wire.RawCall(syscall.SYS_WRITE, uintptr(f.fd), p); errno {
	case 0:
		return false, nil
	case syscall.EAGAIN:
		return true, nil
	default:
		return false, fmt.Errorf("write to the FIFO: %w", errno)
	}
}

// drain throws away what is in the FIFO and returns the number of bytes. The
// server may read at the same time; each byte goes to one of us.
func (f *pipe) drain() (n int) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	for f.fd >= 0 {
		k, errno := wire.RawCall(syscall.SYS_READ, uintptr(f.fd), f.waste[:])
		if k <= 0 || errno != 0 {
			return n
		}
		n += k
	}
	return n
}

// queued returns the number of bytes in the FIFO.
func (f *pipe) queued() int {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if f.fd < 0 {
		return 0
	}
	var n int32
	if _, _, errno := syscall.RawSyscall(syscall.SYS_IOCTL, uintptr(f.fd), syscall.TIOCINQ,
		uintptr(unsafe.Pointer(&n))); errno != 0 {
		return 0
	}
	return int(n)
}

// close closes this end. The FIFO itself is the server's, which removes it with the
// pipe source.
func (f *pipe) close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	fd := f.fd
	f.fd = -1
	if fd < 0 {
		return nil
	}
	return syscall.Close(fd)
}
