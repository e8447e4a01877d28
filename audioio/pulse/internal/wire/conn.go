// Package wire turns the bytes of a connection to a pulse server into packets, and back.
// It knows nothing of devices.
//
// A control connection is read by the protocol library, on the library's goroutine. The
// connection of a stream has a [Pump], whose mode says who reads it:
//
//	async    a goroutine of the pump's, while the stream is being made
//	   | Adopt
//	adopted  the goroutine that wants the audio, by Step: it waits in Go's poller
//	         (rawConn), or in its own thread where that alone has a better priority
//	         (pollSocket)
//	   | StartPolling
//	polled   nobody waits; the owner looks often enough, by Poll
//
// A hop of 10 ms goes through here, so reading and writing allocate nothing; the tests
// that "go test -run Alloc" runs hold that.
package wire

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jfreymuth/pulse/proto"

	"github.com/stillmic/stillmic/audioio"
)

// RequestTimeout bounds one request, unless the caller's context is shorter: a
// healthy server answers in a millisecond, one that starts up may take long.
const RequestTimeout = 3 * time.Second

// Conn is one connection to a sound server. Control, capture and playback
// each have one of their own, so that none waits behind another.
type Conn struct {
	Client *proto.Client
	conn   net.Conn
	Addr   Address
	Pump   *Pump // reads the connection of a stream, else nil
	once   sync.Once
	Done   chan struct{} // closed when the connection is of no use any more
	err    atomic.Pointer[error]
}

// Hooks receive what a connection reads; see demux. message gets the
// server's other messages. All are called from the connection's reader, audio
// from whoever reads the source.
type Hooks struct {
	Audio   func(stream uint32, p []byte)
	Frame   int // bytes of a frame of that, 0 without
	Request func(stream, bytes uint32)
	Dry     func()
	Message func(msg any)
	Pumped  bool // the owner will read the connection by itself
}

// Connect connects to the first address that answers, logs in and says
// what the connection is for.
func Connect(ctx context.Context, addrs []Address, role string, hooks Hooks) (*Conn, error) {
	if len(addrs) == 0 {
		return nil, fmt.Errorf("%w: no address to look at; set XDG_RUNTIME_DIR or PULSE_SERVER", audioio.ErrNoServer)
	}
	var last error
	for _, a := range addrs {
		conn, err := dial(ctx, a, RequestTimeout)
		if err != nil {
			last = fmt.Errorf("%w: %w", audioio.ErrNoServer, err)
			continue
		}
		c, err := login(conn, a, role, hooks)
		if err == nil {
			return c, nil
		}
		last = err
	}
	return nil, last
}

// dial reaches an address within a limit of time: one that answers nothing at
// all, as over a network that is down, would take the system's, which is minutes.
func dial(ctx context.Context, a Address, limit time.Duration) (net.Conn, error) {
	d := net.Dialer{Timeout: limit}
	return d.DialContext(ctx, a.network, a.address)
}

func login(conn net.Conn, addr Address, role string, hooks Hooks) (*Conn, error) {
	conn = quick(conn)
	c := &Conn{conn: conn, Addr: addr, Done: make(chan struct{})}
	// The hook for messages is set before Open starts the reader.
	c.Client = &proto.Client{Callback: hooks.Message}
	c.Client.SetTimeout(RequestTimeout)
	demux := &demux{w: conn, audio: hooks.Audio, frame: hooks.Frame, request: hooks.Request, dry: hooks.Dry, end: c.lost}
	if hooks.Pumped {
		c.Pump = newPump(conn, demux)
		c.Client.Open(c.Pump)
	} else {
		demux.in = bufio.NewReaderSize(conn, 16*4*audioio.BlockSize)
		c.Client.Open(demux)
	}
	var auth proto.AuthReply
	err := c.Request("log in", &proto.Auth{Version: c.Client.Version(), Cookie: cookie()}, &auth)
	if err == nil {
		c.Client.SetVersion(auth.Version)
		err = c.Request("log in", &proto.SetClientName{Props: clientProps(role)}, &proto.SetClientNameReply{})
	}
	if err != nil {
		c.Close()
		if errors.Is(err, proto.ErrAccessDenied) {
			return nil, fmt.Errorf("%w: %s refuses access: its cookie is unknown to us; set PULSE_COOKIE", audioio.ErrNoServer,
				addr)
		}
		return nil, fmt.Errorf("%s: %w", addr, err)
	}
	return c, nil
}

func clientProps(role string) proto.PropList {
	return Props(
		"application.name", "Stillmic",
		"application.id", "io.github.stillmic",
		"application.icon_name", "audio-input-microphone",
		"application.process.id", fmt.Sprint(os.Getpid()),
		"application.process.binary", "stillmic",
		"stillmic.role", role)
}

// Props makes a property list of pairs of key and value.
func Props(kv ...string) proto.PropList {
	list := proto.PropList{}
	for i := 0; i+1 < len(kv); i += 2 {
		list[kv[i]] = proto.PropListString(kv[i+1])
	}
	return list
}

// Request asks the server and waits for the answer. It returns the server's
// own error (proto.Error), or ErrServerGone when there is none.
// Never call it from a hook: the answer comes through the same goroutine.
func (c *Conn) Request(what string, req proto.RequestArgs, reply proto.Reply) error {
	err := c.Client.Request(req, reply)
	var refused proto.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused):
		return fmt.Errorf("%s: %w", what, err)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s: %w: no answer in %v", what, audioio.ErrServerGone, RequestTimeout)
	}
	return fmt.Errorf("%s: %w: %w", what, audioio.ErrServerGone, err)
}

// lost notes that nothing can be read any more.
func (c *Conn) lost(err error) { c.Fail(fmt.Errorf("%w: %w", audioio.ErrServerGone, err)) }

// Fail ends the connection for a reason; the first one counts.
func (c *Conn) Fail(err error) {
	c.once.Do(func() {
		c.err.Store(&err)
		close(c.Done)
		if c.Pump != nil {
			_ = c.Pump.sock.Close()
			// Whoever pumped may never do so again, and the library's reader
			// would wait for its mail for ever.
			c.Pump.mail.end(err)
			return
		}
		c.conn.Close() // wakes the reader; the error says nothing new
	})
}

// Close ends the connection on our own account.
func (c *Conn) Close() { c.Fail(audioio.ErrClosed) }

// Failure returns why the connection ended, or nil.
func (c *Conn) Failure() error {
	if p := c.err.Load(); p != nil {
		return *p
	}
	return nil
}
