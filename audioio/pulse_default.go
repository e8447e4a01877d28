package audioio

import (
	"context"
	"fmt"

	"github.com/jfreymuth/pulse/proto"
)

// defaultSource asks for the name of the default microphone. PipeWire is asked on
// a connection made for that: one that was made while its session manager was
// still starting may know the default of that time for ever (seen with 0.3.65).
func (p *Pulse) defaultSource() (string, error) {
	conn := p.ctl
	if p.info.PipeWire {
		ctx, cancel := context.WithTimeout(context.Background(), pulseTimeout)
		defer cancel()
		fresh, err := connectPulse(ctx, p.addrs, "control", pulseHooks{})
		if err != nil {
			return "", fmt.Errorf("ask for the default microphone: %w: %w", ErrServerGone, err)
		}
		defer fresh.close()
		conn = fresh
	}
	var info proto.GetServerInfoReply
	if err := conn.request("ask for the default microphone", &proto.GetServerInfo{}, &info); err != nil {
		return "", err // an answer that comes too late is still written into info
	}
	return info.DefaultSourceName, nil
}

// SetDefaultSource makes a source the server's default microphone.
func (p *Pulse) SetDefaultSource(name string) error {
	err := p.ctl.request("make it the default", &proto.SetDefaultSource{SourceName: name}, nil)
	if refused(err, proto.ErrNoSuchEntity) {
		return fmt.Errorf("make %q the default microphone: %w", name, ErrNoDevice)
	}
	if err != nil {
		return fmt.Errorf("make %q the default microphone: %w", name, err)
	}
	return nil
}
