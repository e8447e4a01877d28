package wire

import (
	"bufio"
	"bytes"
	"errors"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/stillmic/stillmic/audioio"
)

// Pump reads a connection on the goroutine that wants its audio. With a
// goroutine for each, a block of 10 ms costs a dozen changes between threads,
// three times the work that the suppressor has with it: the poller's wakes the
// reader's, which wakes the engine's. Here the thread that waits for the audio
// is the one that goes on with it.
//
// Until Adopt the pump has a goroutine of its own, so that requests are
// answered while the stream is being made.
type Pump struct {
	demux *demux
	sock  *pumpSocket
	mail  replyPipe     // what is meant for the library
	begun chan struct{} // closed when the pump's own goroutine has ended

	pollLock sync.Mutex
	polls    atomic.Uint64 // calls of Poll
}

// mode is who reads a connection.
type mode int

const (
	async   mode = iota // the pump's own goroutine, which waits
	adopted             // who has adopted it, and waits
	polled              // who calls Poll, which waits for nothing
)

// errHandOver ends the pump's own goroutine.
var errHandOver = errors.New("handed over")

// newPump starts to pump conn through d, whose reader it sets.
func newPump(conn net.Conn, d *demux) *Pump {
	p := &Pump{demux: d, sock: &pumpSocket{conn: conn}, begun: make(chan struct{})}
	p.mail.some = sync.NewCond(&p.mail.mu)
	d.in = bufio.NewReaderSize(p.sock, 16*4*audioio.BlockSize)
	go func() {
		defer close(p.begun)
		p.run()
	}()
	return p
}

// run deals with packets until the connection ends or somebody takes over.
func (p *Pump) run() {
	for p.packet() == nil {
	}
}

// Write sends what the library asks the server.
func (p *Pump) Write(b []byte) (int, error) { return p.sock.Write(b) }

// Read hands the library the server's replies.
func (p *Pump) Read(b []byte) (int, error) { return p.mail.read(b) }

// Adopt makes the caller the one who pumps, by step. If it has a thread of its
// own, that is the one that waits.
func (p *Pump) Adopt(ownThread bool) {
	p.sock.yield.Store(true)
	_ = p.sock.conn.SetReadDeadline(time.Unix(1, 0)) // it fails when the connection has ended, which ends the goroutine, too
	<-p.begun
	_ = p.sock.conn.SetReadDeadline(time.Time{})
	p.sock.mode = adopted
	if ownThread {
		p.sock.detach()
	}
}

// Step waits for a packet and deals with it and all others that are there.
func (p *Pump) Step() error {
	for {
		if err := p.packet(); err != nil {
			return err
		}
		if p.empty() {
			return nil
		}
	}
}

// empty reports whether all that had come has been dealt with. A read that filled its buffer
// may have left something.
func (p *Pump) empty() bool { return p.demux.in.Buffered() == 0 && !p.sock.filled }

// packet deals with one packet.
func (p *Pump) packet() error {
	if p.sock.yield.Load() && p.sock.mode == async {
		return errHandOver
	}
	p.sock.betweenPackets = p.demux.in.Buffered() == 0
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
func (p *Pump) ended(err error) {
	p.mail.end(err)
	if p.demux.end != nil {
		p.demux.end(err)
		p.demux.end = nil
	}
}

// pumpSocket is a connection as the pump reads it.
type pumpSocket struct {
	mode           mode
	yield          atomic.Bool // somebody wants to adopt it
	betweenPackets bool        // nothing of the next packet has been read
	filled         bool        // the last read filled its buffer

	conn   net.Conn
	thread atomic.Pointer[pollSocket] // nil: conn is used
	closed atomic.Bool
	write  sync.RWMutex // writers keep detach waiting
}

// detach takes the connection from Go's poller, where that is possible.
func (s *pumpSocket) detach() {
	s.write.Lock()
	defer s.write.Unlock()
	t, err := newPollSocket(s.conn)
	if err != nil {
		return
	}
	s.thread.Store(t)
	if s.closed.Load() { // Close may have come too early to see it
		_ = t.Close()
	}
}

// Close ends the connection and wakes its reader.
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
	case s.mode == polled:
		n, err = t.ReadNow(b)
	default:
		n, err = t.Read(b)
	}
	s.filled = n == len(b)
	if n > 0 {
		s.betweenPackets = false
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
		if s.betweenPackets && s.mode == async {
			return 0, errHandOver
		}
		if err := s.conn.SetReadDeadline(time.Time{}); err != nil { // the rest of the packet is to come first
			return 0, err
		}
	}
}

// replyPipe carries bytes to the library, which reads them on a goroutine of its
// own. Few come: answers, and news of the stream.
type replyPipe struct {
	mu     sync.Mutex
	some   *sync.Cond
	bytes  bytes.Buffer
	closed error
}

func (l *replyPipe) put(b []byte) {
	l.mu.Lock()
	l.bytes.Write(b)
	l.mu.Unlock()
	l.some.Signal()
}

// putFrom passes n bytes on.
func (l *replyPipe) putFrom(r *bufio.Reader, n int) error {
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

func (l *replyPipe) end(err error) {
	l.mu.Lock()
	l.closed = err
	l.mu.Unlock()
	l.some.Broadcast()
}

func (l *replyPipe) read(b []byte) (int, error) {
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
