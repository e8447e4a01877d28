package control

import (
	"context"
	"encoding/json"
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
	// maxBody is the longest request that is read; ours have 100 bytes.
	maxBody = 64 << 10

	// idleTimeout ends a connection that asks nothing.
	idleTimeout = time.Minute
)

// Server answers at the control socket.
type Server struct {
	http *http.Server
	lock *lock
	path string
	done chan struct{}
}

// Listen makes the runtime folder (0700) and the socket in it (0600) and
// answers requests until Close. Only one process can: for any other the error
// is ErrRunning and names the one that does. A socket left behind by a process
// that was killed is replaced.
func Listen(dir string, api API, log *zap.Logger) (*Server, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("folder of the control socket: %w", err)
	}
	l, err := takeLock(dir)
	if err != nil {
		return nil, err
	}
	ln, err := listenSocket(dir)
	if err != nil {
		return nil, errors.Join(err, l.release())
	}
	s := &Server{lock: l, path: SocketPath(dir), done: make(chan struct{})}
	s.http = &http.Server{
		Handler:           handler(api),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          zap.NewStdLog(log.Named("control")),
	}
	go func() {
		defer close(s.done)
		if err := s.http.Serve(ownOnly{ln, log}); !errors.Is(err, http.ErrServerClosed) {
			log.Error("the control socket stopped answering", zap.Error(err))
		}
	}()
	return s, nil
}

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

// Close ends all connections and removes the socket.
func (s *Server) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	err := s.http.Shutdown(ctx) // removes the socket, too
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.http.Close()
	}
	<-s.done
	return errors.Join(err, s.lock.release())
}

// ownOnly hands on connections of this user alone.
type ownOnly struct {
	net.Listener
	log *zap.Logger
}

func (l ownOnly) Accept() (net.Conn, error) {
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

func handler(api API) http.Handler {
	mux := http.NewServeMux()
	status := func(w http.ResponseWriter) { answer(w, http.StatusOK, api.Status()) }
	mux.HandleFunc("GET /v1/status", func(w http.ResponseWriter, _ *http.Request) { status(w) })
	mux.HandleFunc("POST /v1/strength", func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			Strength json.RawMessage `json:"strength"`
		}
		if !read(w, r, &body) {
			return
		}
		var text string
		if json.Unmarshal(body.Strength, &text) != nil {
			text = string(body.Strength) // a number of dB
		}
		if err := api.Strength(text); err != nil {
			refuse(w, http.StatusBadRequest, err)
			return
		}
		status(w)
	})
	mux.HandleFunc("POST /v1/bypass", func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			On *bool `json:"on"`
		}
		if !read(w, r, &body) {
			return
		}
		if body.On == nil {
			refuse(w, http.StatusBadRequest, errors.New(`"on" is missing: true or false`))
			return
		}
		api.Bypass(*body.On)
		status(w)
	})
	return mux
}

// read reads a JSON body strictly, or answers why it cannot.
func read(w http.ResponseWriter, r *http.Request, into any) bool {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if err == nil && d.More() {
		err = errors.New("more than one JSON value")
	}
	if err != nil {
		refuse(w, http.StatusBadRequest, fmt.Errorf("the body is not what %s takes: %w", r.URL.Path, err))
		return false
	}
	return true
}

func refuse(w http.ResponseWriter, code int, err error) {
	answer(w, code, map[string]string{"error": err.Error()})
}

func answer(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v) // fails only when nobody listens any more
}
