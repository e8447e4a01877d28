// Package pulse reaches PulseAudio, and PipeWire through its pulse server: it lists devices
// and tells of changes, records a microphone, makes the virtual microphone and plays to a
// person. The connection itself is the matter of internal/wire.
package pulse

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/jfreymuth/pulse/proto"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pulse/internal/graph"
	"github.com/stillmic/stillmic/audioio/pulse/internal/wire"
)

// Options says which sound server to use and how.
type Options struct {
	// Server is the address as in PULSE_SERVER; empty means PULSE_SERVER, or
	// the socket in XDG_RUNTIME_DIR.
	Server string

	// Callers knows the programs that recorded the virtual microphone over earlier connections;
	// nil: there were none.
	Callers *Callers

	// Outputs knows the last real default output over earlier connections; nil: there was none.
	Outputs *Outputs
}

// Info says what answered.
type Info struct {
	Name     string // as the server calls itself, "PulseAudio (on PipeWire 1.2.7)"
	Version  string // of the pulse protocol's implementation
	PipeWire bool   // PipeWire's pulse server, not PulseAudio
	Local    bool   // on this machine, by a unix socket
	Address  string
}

// Server is a connection to PulseAudio, or to PipeWire through its pulse server.
//
// Nothing reconnects: after ErrServerGone or EventServerGone everything made
// from it is of no use, and is to be closed and opened anew.
type Server struct {
	addrs []wire.Address
	info  Info
	ctl   *wire.Conn
	watch *watcher

	callers *Callers
	outputs *Outputs
	graph   atomic.Pointer[graph.Graph] // of PipeWire; nil while it is not known

	background sync.WaitGroup

	mu   sync.Mutex
	open map[closer]struct{} // sources and virtual microphones still open
}

var _ audioio.Mixer = (*Server)(nil)

// closer is what Pulse closes with itself.
type closer interface{ Close() error }

// Dial connects to the sound server and starts to watch its devices. It
// returns an error that is ErrNoServer when none answers.
func Dial(ctx context.Context, o Options) (*Server, error) {
	p := &Server{open: map[closer]struct{}{}, callers: o.Callers, outputs: o.Outputs}
	if p.callers == nil {
		p.callers = new(Callers)
	}
	if p.outputs == nil {
		p.outputs = new(Outputs)
	}
	p.watch = newWatcher(p)
	cookie, err := p.connect(ctx, o.Server, p.watch.message)
	if err != nil {
		return nil, err
	}
	if err := p.watch.start(); err != nil {
		p.ctl.Close()
		return nil, err
	}
	if p.info.PipeWire && p.info.Local {
		p.background.Go(func() { p.watchGraph(cookie, func() { put(p.watch.recordings) }) })
	}
	return p, nil
}

// connect makes the connection for requests, on which message gets the server's news, and finds
// out what answers. It returns the cookie by which the server is known.
func (p *Server) connect(ctx context.Context, server string, message func(any)) (cookie uint32, err error) {
	ctl, err := wire.Connect(ctx, wire.Addresses(server), "control", wire.Hooks{Message: message})
	if err != nil {
		return 0, fmt.Errorf("connect to the sound server: %w", err)
	}
	p.ctl = ctl
	// What answered once is what the other connections must reach too.
	p.addrs = []wire.Address{ctl.Addr}
	var reply proto.GetServerInfoReply
	if err := ctl.Request("ask the server who it is", &proto.GetServerInfo{}, &reply); err != nil {
		ctl.Close()
		return 0, err
	}
	p.info = Info{
		Name: reply.PackageName, Version: reply.PackageVersion,
		PipeWire: strings.Contains(reply.PackageName, "PipeWire"),
		Local:    ctl.Addr.Local(), Address: ctl.Addr.String(),
	}
	return reply.Cookie, nil
}

// Info says what answered.
func (p *Server) Info() Info { return p.info }

// Close closes everything opened through p, unloads the virtual microphone and
// ends the connection. It returns the first error.
func (p *Server) Close() error {
	p.mu.Lock()
	var list []closer
	for c := range p.open {
		list = append(list, c)
	}
	p.mu.Unlock()
	var first error
	for _, c := range list {
		if err := c.Close(); err != nil && first == nil {
			first = err
		}
	}
	p.watch.stop()
	p.ctl.Close()
	p.background.Wait()
	return first
}

func (p *Server) opened(c closer) {
	p.mu.Lock()
	p.open[c] = struct{}{}
	p.mu.Unlock()
}

func (p *Server) closed(c closer) {
	p.mu.Lock()
	delete(p.open, c)
	p.mu.Unlock()
}
