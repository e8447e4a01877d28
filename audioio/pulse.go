package audioio

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/jfreymuth/pulse/proto"
)

// PulseOptions says which sound server to use and how.
type PulseOptions struct {
	// Server is the address as in PULSE_SERVER; empty means PULSE_SERVER, or
	// the socket in XDG_RUNTIME_DIR.
	Server string
}

// ServerInfo says what answered.
type ServerInfo struct {
	Name     string // as the server calls itself, "PulseAudio (on PipeWire 1.2.7)"
	Version  string // of the pulse protocol's implementation
	PipeWire bool   // PipeWire's pulse server, not PulseAudio
	Local    bool   // on this machine, by a unix socket
	Address  string
}

// Pulse is a connection to PulseAudio, or to PipeWire through its pulse server.
//
// Nothing reconnects: after ErrServerGone or EventServerGone everything made
// from it is of no use, and is to be closed and opened anew.
type Pulse struct {
	addrs []pulseAddress
	info  ServerInfo
	ctl   *pulseConn
	watch *watcher

	mu   sync.Mutex
	open map[closer]struct{} // sources and virtual microphones still open
}

// closer is what Pulse closes with itself.
type closer interface{ Close() error }

// DialPulse connects to the sound server and starts to watch its devices. It
// returns an error that is ErrNoServer when none answers.
func DialPulse(ctx context.Context, o PulseOptions) (*Pulse, error) {
	p := &Pulse{addrs: pulseAddresses(o.Server), open: map[closer]struct{}{}}
	p.watch = newWatcher(p)
	ctl, err := connectPulse(ctx, p.addrs, "control", pulseHooks{message: p.watch.message})
	if err != nil {
		return nil, fmt.Errorf("connect to the sound server: %w", err)
	}
	p.ctl = ctl
	// What answered once is what the other connections must reach too.
	p.addrs = []pulseAddress{ctl.addr}
	var reply proto.GetServerInfoReply
	if err := ctl.request("ask the server who it is", &proto.GetServerInfo{}, &reply); err != nil {
		ctl.close()
		return nil, err
	}
	p.info = ServerInfo{
		Name: reply.PackageName, Version: reply.PackageVersion,
		PipeWire: strings.Contains(reply.PackageName, "PipeWire"),
		Local:    ctl.addr.local(), Address: ctl.addr.String(),
	}
	if err := p.watch.start(); err != nil {
		ctl.close()
		return nil, err
	}
	return p, nil
}

// Server says what answered.
func (p *Pulse) Server() ServerInfo { return p.info }

// Close closes everything opened through p, unloads the virtual microphone and
// ends the connection. It returns the first error.
func (p *Pulse) Close() error {
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
	p.ctl.close()
	return first
}

func (p *Pulse) opened(c closer) {
	p.mu.Lock()
	p.open[c] = struct{}{}
	p.mu.Unlock()
}

func (p *Pulse) closed(c closer) {
	p.mu.Lock()
	delete(p.open, c)
	p.mu.Unlock()
}
