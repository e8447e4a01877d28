package audioio

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
)

// pulseTimeout bounds one request, unless the caller's context is shorter: a
// healthy server answers in a millisecond, one that starts up may take long.
const pulseTimeout = 3 * time.Second

// pulseConn is one connection to a sound server. Control, capture and playback
// each have one of their own, so that none waits behind another.
type pulseConn struct {
	client *proto.Client
	conn   net.Conn
	addr   pulseAddress
	pump   *pulsePump // reads the connection of a stream, else nil
	once   sync.Once
	done   chan struct{} // closed when the connection is of no use any more
	err    atomic.Pointer[error]
}

// pulseHooks receive what a connection reads; see pulseDemux. message gets the
// server's other messages. All are called from the connection's reader, audio
// from whoever reads the source.
type pulseHooks struct {
	audio   func(stream uint32, p []byte)
	frame   int // bytes of a frame of that, 0 without
	request func(stream, bytes uint32)
	dry     func()
	message func(msg any)
	pumped  bool // the owner will read the connection by itself
}

// connectPulse connects to the first address that answers, logs in and says
// what the connection is for.
func connectPulse(ctx context.Context, addrs []pulseAddress, role string, hooks pulseHooks) (*pulseConn, error) {
	if len(addrs) == 0 {
		return nil, fmt.Errorf("%w: no address to look at; set XDG_RUNTIME_DIR or PULSE_SERVER", ErrNoServer)
	}
	var last error
	for _, a := range addrs {
		conn, err := dialPulse(ctx, a, pulseTimeout)
		if err != nil {
			last = fmt.Errorf("%w: %w", ErrNoServer, err)
			continue
		}
		c, err := loginPulse(conn, a, role, hooks)
		if err == nil {
			return c, nil
		}
		last = err
	}
	return nil, last
}

// dialPulse reaches an address within a limit of time: one that answers nothing at
// all, as over a network that is down, would take the system's, which is minutes.
func dialPulse(ctx context.Context, a pulseAddress, limit time.Duration) (net.Conn, error) {
	d := net.Dialer{Timeout: limit}
	return d.DialContext(ctx, a.network, a.address)
}

func loginPulse(conn net.Conn, addr pulseAddress, role string, hooks pulseHooks) (*pulseConn, error) {
	conn = quick(conn)
	c := &pulseConn{conn: conn, addr: addr, done: make(chan struct{})}
	// The hook for messages is set before Open starts the reader.
	c.client = &proto.Client{Callback: hooks.message}
	c.client.SetTimeout(pulseTimeout)
	demux := &pulseDemux{w: conn, audio: hooks.audio, frame: hooks.frame, request: hooks.request, dry: hooks.dry, end: c.lost}
	if hooks.pumped {
		c.pump = newPump(conn, demux)
		c.client.Open(c.pump)
	} else {
		demux.in = bufio.NewReaderSize(conn, 16*4*BlockSize)
		c.client.Open(demux)
	}
	var auth proto.AuthReply
	err := c.request("log in", &proto.Auth{Version: c.client.Version(), Cookie: pulseCookie()}, &auth)
	if err == nil {
		c.client.SetVersion(auth.Version)
		err = c.request("log in", &proto.SetClientName{Props: clientProps(role)}, &proto.SetClientNameReply{})
	}
	if err != nil {
		c.close()
		if errors.Is(err, proto.ErrAccessDenied) {
			return nil, fmt.Errorf("%w: %s refuses access: its cookie is unknown to us; set PULSE_COOKIE", ErrNoServer, addr)
		}
		return nil, fmt.Errorf("%s: %w", addr, err)
	}
	return c, nil
}

func clientProps(role string) proto.PropList {
	return props(
		"application.name", "Stillmic",
		"application.id", "io.github.stillmic",
		"application.icon_name", "audio-input-microphone",
		"application.process.id", fmt.Sprint(os.Getpid()),
		"application.process.binary", "stillmic",
		"stillmic.role", role)
}

// props makes a property list of pairs of key and value.
func props(kv ...string) proto.PropList {
	list := proto.PropList{}
	for i := 0; i+1 < len(kv); i += 2 {
		list[kv[i]] = proto.PropListString(kv[i+1])
	}
	return list
}

// request asks the server and waits for the answer. It returns the server's
// own error (proto.Error), or ErrServerGone when there is none.
// Never call it from a hook: the answer comes through the same goroutine.
func (c *pulseConn) request(what string, req proto.RequestArgs, reply proto.Reply) error {
	err := c.client.Request(req, reply)
	var refused proto.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused):
		return fmt.Errorf("%s: %w", what, err)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s: %w: no answer in %v", what, ErrServerGone, pulseTimeout)
	}
	return fmt.Errorf("%s: %w: %w", what, ErrServerGone, err)
}

// lost notes that nothing can be read any more.
func (c *pulseConn) lost(err error) { c.fail(fmt.Errorf("%w: %w", ErrServerGone, err)) }

// fail ends the connection for a reason; the first one counts.
func (c *pulseConn) fail(err error) {
	c.once.Do(func() {
		c.err.Store(&err)
		close(c.done)
		if c.pump != nil {
			_ = c.pump.sock.Close()
			// Whoever pumped may never do so again, and the library's reader
			// would wait for its mail for ever.
			c.pump.mail.end(err)
			return
		}
		c.conn.Close() // wakes the reader; the error says nothing new
	})
}

// close ends the connection on our own account.
func (c *pulseConn) close() { c.fail(ErrClosed) }

// failure returns why the connection ended, or nil.
func (c *pulseConn) failure() error {
	if p := c.err.Load(); p != nil {
		return *p
	}
	return nil
}
