package control

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"go.uber.org/zap"

	"github.com/stillmic/stillmic/daemon/control/connlimit"
	"github.com/stillmic/stillmic/daemon/control/peer"
	"github.com/stillmic/stillmic/daemon/control/system"
)

// maxConnections is how many connections may be open at once. A page has three,
// a tray two; the rest is for scripts.
const maxConnections = 128

const (
	// idleTimeout ends a connection that asks nothing.
	idleTimeout = time.Minute

	// headerTimeout, bodyTimeout and answerTimeout end one that is too slow.
	// Uploads and streams set their own.
	headerTimeout = 5 * time.Second
	bodyTimeout   = 10 * time.Second
	answerTimeout = 10 * time.Second
)

// Options is what a Server is made of.
type Options struct {
	Dir    string       // the runtime folder
	State  string       // the folder for what is kept
	API    API          // the daemon
	Events *Hub         // what it tells
	Page   http.Handler // the web page, nil: none
	Log    *zap.Logger

	// OnLocked is called when no other daemon can run, before the first request; nil: not.
	OnLocked func()

	// Listen is the address of the web page, "127.0.0.1:8765"; "": a free port while somebody
	// looks; PageOff: no page.
	Listen string

	// KeepToken has the token, and the address of a page that is open, outlive this daemon: for a
	// Dir that goes at log-out, where the system tells whose a connection is.
	KeepToken bool

	// MetricsToken is a file with a token that is good for /metrics alone, whoever asks; "": none.
	MetricsToken string

	linger time.Duration // pageLinger, but for tests
	noUnix bool          // as on a system without unix sockets; for tests
}

// Server answers at the control socket, and at the address of the page.
type Server struct {
	dir    string
	lock   *system.Lock
	events *Hub
	socket *served
	page   *pageServer
	cancel context.CancelFunc
	under  context.Context // of all requests
}

// served is a listener that is being served.
type served struct {
	http.Server
	ended chan struct{}
}

// Listen makes the runtime folder (0700) and the socket in it (0600) and
// answers requests until Close. Only one process can: for any other the error
// is ErrRunning and names the one that does. A socket left behind by a process
// that was killed is replaced.
//
// An address for the page that is in use is logged, and said to who asks for the page; it is no
// error here: the microphone is worth more.
func Listen(o Options) (*Server, error) {
	if err := system.MakePrivateDir(o.Dir); err != nil {
		return nil, fmt.Errorf("folder of the control socket: %w", err)
	}
	l, err := system.TakeLock(filepath.Join(o.Dir, lockName))
	if held := (system.Held{}); errors.As(err, &held) {
		return nil, running(held.PID)
	}
	if err != nil {
		return nil, err
	}
	if o.OnLocked != nil {
		o.OnLocked()
	}
	s := &Server{dir: o.Dir, lock: l, events: o.Events, page: newPageServer(o)}
	s.under, s.cancel = context.WithCancel(context.Background())
	s.page.routes = routes(o, s.page)
	s.page.serve = func(ln net.Listener, h http.Handler) *served { return s.serve(ln, h, o.Log) }
	if err := s.open(o); err != nil {
		return nil, errors.Join(err, l.Release())
	}
	s.page.start()
	return s, nil
}

// running is the error of a second daemon.
func running(pid string) error {
	if pid == "" {
		return fmt.Errorf("%w; to restart it: stillmic service restart", ErrRunning)
	}
	return fmt.Errorf("%w (pid %s); to restart it: stillmic service restart", ErrRunning, pid)
}

// open answers at the control socket: a unix socket, or what stands in for one.
func (s *Server) open(o Options) error {
	if err := removeFile(filepath.Join(o.Dir, loopbackName)); err != nil { // of a daemon that was killed
		return fmt.Errorf("remove the old control socket: %w", err)
	}
	ln, err := listenSocket(o)
	if err == nil {
		s.socket = s.serve(ownUserListener{ln, o.Log}, s.page.routes, o.Log)
		return nil
	}
	if !system.NoUnixSockets(err) {
		return err
	}
	ln, l, err := listenLoopback()
	if err != nil {
		return err
	}
	if err := l.announce(o.Dir); err != nil {
		return errors.Join(err, ln.Close())
	}
	s.socket = s.serve(ln, l.proving(guard(s.page.routes, l.token, "", ln.Addr().(*net.TCPAddr))), o.Log)
	return nil
}

// serve answers at a listener.
func (s *Server) serve(ln net.Listener, h http.Handler, log *zap.Logger) *served {
	srv := &served{http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       bodyTimeout,
		WriteTimeout:      answerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    16 << 10,
		ConnState:         connlimit.New(maxConnections).Track,
		ConnContext:       withPeer,
		BaseContext:       func(net.Listener) context.Context { return s.under },
		ErrorLog:          zap.NewStdLog(log.Named("control")),
	}, make(chan struct{})}
	go func() {
		defer close(srv.ended)
		if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			log.Error("the control API stopped answering", zap.Stringer("address", ln.Addr()), zap.Error(err))
		}
	}()
	return srv
}

// close lets requests end until ctx does, and cuts off the rest.
func (v *served) close(ctx context.Context) error {
	err := v.Shutdown(ctx) // removes the socket, too
	if errors.Is(err, context.DeadlineExceeded) {
		err = v.Close()
	}
	<-v.ended
	return err
}

// Page returns the address of the web page, "" while it is closed.
func (s *Server) Page() string { return s.page.at() }

// listenSocket replaces what is at the path; who holds the lock may.
func listenSocket(o Options) (net.Listener, error) {
	path := SocketPath(o.Dir)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("remove the old control socket: %w", err)
	}
	if o.noUnix {
		return nil, syscall.EAFNOSUPPORT
	}
	ln, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("open the control socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("protect the control socket: %w", err), ln.Close())
	}
	return ln, nil
}

// Close ends all connections and removes the socket and, unless it is kept, the token.
func (s *Server) Close() error {
	s.events.close() // ends the streams, which Shutdown would wait for
	s.cancel()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	return errors.Join(s.socket.close(ctx), removeFile(filepath.Join(s.dir, loopbackName)), s.page.end(ctx), s.lock.Release())
}

// ownUserListener hands on connections of this user alone.
type ownUserListener struct {
	net.Listener
	log *zap.Logger
}

func (l ownUserListener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if err := peer.CheckUnix(c); err != nil {
			l.log.Warn("refused a control connection", zap.Error(err))
			_ = c.Close() // nothing was said yet
			continue
		}
		return c, nil
	}
}
