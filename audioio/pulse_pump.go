package audioio

import (
	"bufio"
	"bytes"
	"errors"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// pulsePump reads a connection on the goroutine that wants its audio. With a
// goroutine for each, a block of 10 ms costs a dozen changes between threads,
// three times the work that the suppressor has with it: the poller's wakes the
// reader's, which wakes the engine's. Here the thread that waits for the audio
// is the one that goes on with it.
//
// Until takeOver the pump has a goroutine of its own, so that requests are
// answered while the stream is being made.
type pulsePump struct {
	demux *pulseDemux
	sock  *pumpSocket
	mail  letters       // what is meant for the library
	begun chan struct{} // closed when the pump's own goroutine has ended

	draining sync.Mutex
	looks    atomic.Uint64 // calls of drain
}

// errHandOver ends the pump's own goroutine.
var errHandOver = errors.New("handed over")

// newPump starts to pump conn through d, whose reader it sets.
func newPump(conn net.Conn, d *pulseDemux) *pulsePump {
	p := &pulsePump{demux: d, sock: &pumpSocket{conn: conn}, begun: make(chan struct{})}
	p.mail.some = sync.NewCond(&p.mail.mu)
	d.in = bufio.NewReaderSize(p.sock, 16*4*BlockSize)
	go func() {
		defer close(p.begun)
		p.run()
	}()
	return p
}

// run deals with packets until the connection ends or somebody takes over.
func (p *pulsePump) run() {
	for p.packet() == nil {
	}
}

// Write and Read are for the library.
func (p *pulsePump) Write(b []byte) (int, error) { return p.sock.Write(b) }
func (p *pulsePump) Read(b []byte) (int, error)  { return p.mail.read(b) }

// takeOver makes the caller the one who pumps, by step. If it has a thread of its
// own, that is the one that waits.
func (p *pulsePump) takeOver(ownThread bool) {
	p.sock.yield.Store(true)
	_ = p.sock.conn.SetReadDeadline(time.Unix(1, 0)) // it fails when the connection has ended, which ends the goroutine, too
	<-p.begun
	_ = p.sock.conn.SetReadDeadline(time.Time{})
	p.sock.taken = true
	if ownThread {
		p.sock.detach()
	}
}

// step waits for a packet and deals with it and all others that are there.
func (p *pulsePump) step() error {
	for {
		if err := p.packet(); err != nil {
			return err
		}
		if p.empty() {
			return nil
		}
	}
}

// empty says that all that had come has been dealt with. A read that filled its buffer
// may have left something.
func (p *pulsePump) empty() bool { return p.demux.in.Buffered() == 0 && !p.sock.filled }

// packet deals with one packet.
func (p *pulsePump) packet() error {
	if p.sock.yield.Load() && !p.sock.taken {
		return errHandOver
	}
	p.sock.between = p.demux.in.Buffered() == 0
	err := p.demux.packet()
	if err == nil && len(p.demux.pass) > 0 {
		p.mail.put(p.demux.pass)
		p.demux.pass = nil
		err = p.mail.putFrom(p.demux.in, p.demux.left)
		p.demux.left = 0
	}
	if err != nil && !errors.Is(err, errHandOver) {
		p.ended(err)
	}
	return err
}

// ended tells the library and the connection's owner that nothing can be read any more.
func (p *pulsePump) ended(err error) {
	p.mail.end(err)
	if p.demux.end != nil {
		p.demux.end(err)
		p.demux.end = nil
	}
}

// pumpSocket is a connection as the pump reads it.
type pumpSocket struct {
	yield   atomic.Bool // somebody wants to take over
	taken   bool        // and has done so
	between bool        // nothing of the next packet has been read
	filled  bool        // the last read filled its buffer

	unwatched bool // reading waits for nothing

	conn   net.Conn
	thread atomic.Pointer[threadSocket] // nil: conn is used
	closed atomic.Bool
	write  sync.RWMutex // who writes keeps detach waiting
}

// detach takes the connection from Go's poller, where that is possible.
func (s *pumpSocket) detach() {
	s.write.Lock()
	defer s.write.Unlock()
	t, err := newThreadSocket(s.conn)
	if err != nil {
		return
	}
	s.thread.Store(t)
	if s.closed.Load() { // Close may have come too early to see it
		_ = t.Close()
	}
}

// Close ends the connection and wakes who reads it.
func (s *pumpSocket) Close() error {
	s.closed.Store(true)
	if t := s.thread.Load(); t != nil {
		return t.Close()
	}
	return s.conn.Close()
}

// Write implements io.Writer.
func (s *pumpSocket) Write(b []byte) (int, error) {
	s.write.RLock()
	defer s.write.RUnlock()
	if t := s.thread.Load(); t != nil {
		return t.Write(b)
	}
	return s.conn.Write(b)
}

// Read implements io.Reader.
func (s *pumpSocket) Read(b []byte) (n int, err error) {
	switch t := s.thread.Load(); {
	case t == nil:
		n, err = s.readPolled(b)
	case s.unwatched:
		n, err = t.ReadNow(b)
	default:
		n, err = t.Read(b)
	}
	s.filled = n == len(b)
	if n > 0 {
		s.between = false
	}
	return n, err
}

// readPolled reads as anybody does, and stops between two packets when
// somebody wants to take over.
func (s *pumpSocket) readPolled(b []byte) (int, error) {
	for {
		n, err := s.conn.Read(b)
		if n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			return n, err
		}
		if s.between && !s.taken {
			return 0, errHandOver
		}
		if err := s.conn.SetReadDeadline(time.Time{}); err != nil { // the rest of the packet is to come first
			return 0, err
		}
	}
}

// letters carries bytes to the library, which reads them on a goroutine of its
// own. Few come: answers, and news of the stream.
type letters struct {
	mu     sync.Mutex
	some   *sync.Cond
	bytes  bytes.Buffer
	closed error
}

func (l *letters) put(b []byte) {
	l.mu.Lock()
	l.bytes.Write(b)
	l.mu.Unlock()
	l.some.Signal()
}

// putFrom passes n bytes on.
func (l *letters) putFrom(r *bufio.Reader, n int) error {
	for n > 0 {
		if _, err := r.Peek(1); err != nil {
			return err
		}
		part, err := r.Peek(min(n, r.Buffered()))
		if err != nil {
			return err
		}
		l.put(part)
		if _, err := r.Discard(len(part)); err != nil {
			return err
		}
		n -= len(part)
	}
	return nil
}

func (l *letters) end(err error) {
	l.mu.Lock()
	l.closed = err
	l.mu.Unlock()
	l.some.Broadcast()
}

func (l *letters) read(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.bytes.Len() == 0 {
		if l.closed != nil {
			return 0, l.closed
		}
		l.some.Wait()
	}
	return l.bytes.Read(b)
}
