package control

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"time"

	"go.uber.org/zap"
)

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

	// Listen is the address of the web page, "127.0.0.1:8765"; "" for none.
	Listen string
}

// Server answers at the control socket, and at the address of the page.
type Server struct {
	lock    *lock
	events  *Hub
	servers []*http.Server
	ended   []chan struct{}
	cancel  context.CancelFunc
	under   context.Context // of all requests
	token   string          // its path, "" without the page
	page    string
}

// Listen makes the runtime folder (0700) and the socket in it (0600) and
// answers requests until Close. Only one process can: for any other the error
// is ErrRunning and names the one that does. A socket left behind by a process
// that was killed is replaced.
//
// An address for the page that is in use is logged, not an error: the
// microphone is worth more.
func Listen(o Options) (*Server, error) {
	if err := makePrivateDir(o.Dir); err != nil {
		return nil, fmt.Errorf("folder of the control socket: %w", err)
	}
	l, err := takeLock(o.Dir)
	if err != nil {
		return nil, err
	}
	if o.OnLocked != nil {
		o.OnLocked()
	}
	ln, err := listenSocket(o.Dir)
	if err != nil {
		return nil, errors.Join(err, l.release())
	}
	s := &Server{lock: l, events: o.Events}
	s.under, s.cancel = context.WithCancel(context.Background())
	routes := routes(o)
	s.serve(ownUserListener{ln, o.Log}, routes, o.Log)
	if err := os.Remove(TokenPath(o.Dir)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		o.Log.Warn("remove the token of a daemon that was killed", zap.Error(err))
	}
	if o.Listen != "" {
		if err := s.servePage(o, routes); err != nil {
			o.Log.Error("no web page", zap.Error(err))
		}
	}
	return s, nil
}

// serve answers at a listener.
func (s *Server) serve(ln net.Listener, h http.Handler, log *zap.Logger) {
	limiter := newConnLimiter(maxConnections)
	srv := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       bodyTimeout,
		WriteTimeout:      answerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    16 << 10,
		ConnState:         limiter.track,
		BaseContext:       func(net.Listener) context.Context { return s.under },
		ErrorLog:          zap.NewStdLog(log.Named("control")),
	}
	ended := make(chan struct{})
	s.servers, s.ended = append(s.servers, srv), append(s.ended, ended)
	go func() {
		defer close(ended)
		if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			log.Error("the control API stopped answering", zap.Stringer("address", ln.Addr()), zap.Error(err))
		}
	}()
}

// Page returns the address of the web page, "" if there is none.
func (s *Server) Page() string { return s.page }

// listenSocket replaces what is at the path; who holds the lock may.
func listenSocket(dir string) (net.Listener, error) {
	path := SocketPath(dir)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("remove the old control socket: %w", err)
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

// Close ends all connections and removes the socket and the token.
func (s *Server) Close() error {
	s.events.close() // ends the streams, which Shutdown would wait for
	s.cancel()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	var all error
	for i, srv := range s.servers {
		err := srv.Shutdown(ctx) // removes the socket, too
		if errors.Is(err, context.DeadlineExceeded) {
			err = srv.Close()
		}
		<-s.ended[i]
		all = errors.Join(all, err)
	}
	if s.token != "" {
		if err := os.Remove(s.token); !errors.Is(err, fs.ErrNotExist) {
			all = errors.Join(all, err)
		}
	}
	return errors.Join(all, s.lock.release())
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
		if err := checkPeer(c); err != nil {
			l.log.Warn("refused a control connection", zap.Error(err))
			_ = c.Close() // nothing was said yet
			continue
		}
		return c, nil
	}
}
