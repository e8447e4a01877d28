package control

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/stillmic/stillmic/daemon/control/system"
)

const (
	// PageOff in the place of an address forbids the page.
	PageOff = "off"

	// anyPort is where the page is served on demand: at a port that the system picks.
	anyPort = "127.0.0.1:0"

	// pageLinger is how long the page is served after the last tab is gone: a tab that
	// is reloaded, or that the browser brings back after a restart, finds it.
	pageLinger = 5 * time.Minute

	// codeLife is how long a one-time code holds: a browser on a busy machine starts in 30 s.
	codeLife = 30 * time.Second

	// pageName is the file with the address of a page that is open, for the next daemon.
	pageName = "page"
)

// PageLink opens the page once.
type PageLink struct {
	Address string `json:"address"` // "http://127.0.0.1:PORT/"
	Code    string `json:"code"`    // good once and for 30 s, in exchange for the token
}

// URL returns the address for a browser. A fragment is not sent to any server and in no header.
func (l PageLink) URL() string { return l.Address + "#once=" + l.Code }

// pageServer serves the page over TCP, on this machine alone: at a fixed address for as
// long as the daemon runs, else at a free port from the first request for it until some
// minutes after the last tab is gone.
type pageServer struct {
	o      Options
	fixed  bool // Listen names an address
	linger time.Duration
	routes http.Handler
	serve  func(net.Listener, http.Handler) *served

	mu      sync.Mutex
	server  *served // nil while it is closed
	address string
	token   string
	codes   map[[sha256.Size]byte]time.Time // when they end
	active  int                             // requests that are being answered
	quiet   *time.Timer                     // closes it; nil at a fixed address
	ended   bool                            // the daemon is stopping
}

func newPageServer(o Options) *pageServer {
	p := &pageServer{o: o, fixed: o.Listen != "" && o.Listen != PageOff, linger: o.linger,
		codes: map[[sha256.Size]byte]time.Time{}}
	if p.linger == 0 {
		p.linger = pageLinger
	}
	return p
}

// start serves a page with a fixed address, or one that a tab was looking at when the daemon
// before ended, at the same address. What fails costs the page, not the microphone.
func (p *pageServer) start() {
	if !p.o.KeepToken {
		if err := removeFile(TokenPath(p.o.Dir)); err != nil {
			p.o.Log.Warn("remove the token of a daemon that was killed", zap.Error(err))
		}
	}
	at := p.o.Listen
	if at == "" {
		at = p.before()
	}
	if at == "" || at == PageOff {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.open(at); err != nil {
		p.o.Log.Error("no control page", zap.Error(err))
	}
}

// before returns the address of a page that was open when the daemon before ended.
func (p *pageServer) before() string {
	text, err := os.ReadFile(filepath.Join(p.o.Dir, pageName))
	if err != nil || !p.o.KeepToken {
		return ""
	}
	at := strings.TrimSpace(string(text))
	if CheckListen(at) != nil {
		return ""
	}
	return at
}

// link opens the page and returns a way in.
func (p *pageServer) link() (PageLink, error) {
	if p.o.Page == nil || p.o.Listen == PageOff {
		return PageLink{}, fmt.Errorf("%w: set listen = \"\" under [control] in the configuration, then: stillmic service restart",
			ErrPageOff)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.server == nil {
		at := p.o.Listen
		if at == "" {
			at = anyPort
		}
		if err := p.open(at); err != nil {
			return PageLink{}, err
		}
	}
	raw := make([]byte, 16)
	_, _ = rand.Read(raw) // it never fails
	code := hex.EncodeToString(raw)
	now := time.Now()
	for k, end := range p.codes {
		if now.After(end) {
			delete(p.codes, k)
		}
	}
	p.codes[sha256.Sum256([]byte(code))] = now.Add(codeLife)
	return PageLink{p.address, code}, nil
}

// redeem returns the token for a code, which is used up.
func (p *pageServer) redeem(code string) (token string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := sha256.Sum256([]byte(code))
	end, known := p.codes[key]
	delete(p.codes, key)
	if !known || time.Now().After(end) {
		return "", fmt.Errorf("%w: this link was used before or is older than %.0f s; open the page again with: stillmic page",
			ErrCode, codeLife.Seconds())
	}
	return p.token, nil
}

// open serves at an address. The caller holds mu.
func (p *pageServer) open(at string) error {
	if p.ended {
		return fmt.Errorf("%w: stillmic is stopping", ErrNotNow)
	}
	if err := CheckListen(at); err != nil {
		return err
	}
	ln, err := net.Listen("tcp", at)
	if system.AddressInUse(err) {
		return fmt.Errorf("%w: %s is used by another program; end that, or set another address (or none) under [control] in "+
			"the configuration, then: stillmic service restart", ErrNotNow, at)
	}
	if err != nil {
		return fmt.Errorf("serve the control page: %w", err)
	}
	token, err := ownToken(p.o.Dir, p.o.KeepToken)
	if err != nil {
		return errors.Join(err, ln.Close())
	}
	p.token, p.address = token, "http://"+ln.Addr().String()+"/"
	p.server = p.serve(ln, guard(p.counted(p.routes), token, p.o.MetricsToken, ln.Addr().(*net.TCPAddr)))
	if p.fixed {
		return nil
	}
	p.quiet = time.AfterFunc(p.linger, p.closeQuiet)
	p.o.Events.Changed()
	return os.WriteFile(filepath.Join(p.o.Dir, pageName), []byte(ln.Addr().String()+"\n"), 0o600)
}

// counted knows whether somebody looks at the page: a tab keeps a stream of events open.
func (p *pageServer) counted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.count(1)
		defer p.count(-1)
		next.ServeHTTP(w, r)
	})
}

func (p *pageServer) count(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.active += n
	switch {
	case p.quiet == nil:
	case p.active == 0:
		p.quiet.Reset(p.linger)
	default:
		p.quiet.Stop()
	}
}

// closeQuiet closes the port, as nobody has looked for a while.
func (p *pageServer) closeQuiet() {
	p.mu.Lock()
	server := p.server
	if p.active > 0 || server == nil || p.ended {
		p.mu.Unlock()
		return
	}
	p.server, p.address, p.quiet = nil, "", nil
	clear(p.codes)
	p.mu.Unlock()
	p.o.Events.Changed()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := errors.Join(server.close(ctx), removeFile(filepath.Join(p.o.Dir, pageName))); err != nil {
		p.o.Log.Warn("close the control page", zap.Error(err))
	}
}

// at returns the page's address, "" while it is closed.
func (p *pageServer) at() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.address
}

// end closes it with the daemon. Address and token stay for the next one, where they may.
func (p *pageServer) end(ctx context.Context) error {
	p.mu.Lock()
	p.ended = true
	server := p.server
	if p.quiet != nil {
		p.quiet.Stop()
	}
	p.mu.Unlock()
	if server == nil {
		return nil
	}
	err := server.close(ctx)
	if !p.o.KeepToken {
		err = errors.Join(err, removeFile(TokenPath(p.o.Dir)), removeFile(filepath.Join(p.o.Dir, pageName)))
	}
	return err
}

// removeFile removes a file that may be gone.
func removeFile(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// openPage answers POST /v1/page.
func (p *pageServer) openPage(w http.ResponseWriter, _ *http.Request) {
	l, err := p.link()
	respond(w, l, err)
}

// takeToken answers POST /v1/token, the exchange of a code.
func (p *pageServer) takeToken(w http.ResponseWriter, r *http.Request) {
	if err := callerOf(r); err != nil {
		writeError(w, http.StatusForbidden, err)
		return
	}
	var body struct {
		Code string `json:"code"`
	}
	if !decodeJSON(w, r, &body) {
		return
	}
	token, err := p.redeem(body.Code)
	respond(w, map[string]string{"token": token}, err)
}
