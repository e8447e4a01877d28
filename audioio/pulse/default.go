package pulse

import (
	"context"
	"fmt"

	"github.com/jfreymuth/pulse/proto"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pulse/internal/wire"
)

// defaultSource asks for the name of the default microphone. PipeWire is asked on
// a connection made for that: one that was made while its session manager was
// still starting may know the default of that time for ever (seen with 0.3.65).
func (p *Server) defaultSource() (string, error) {
	conn := p.ctl
	if p.info.PipeWire {
		ctx, cancel := context.WithTimeout(context.Background(), wire.RequestTimeout)
		defer cancel()
		fresh, err := wire.Connect(ctx, p.addrs, "control", wire.Hooks{})
		if err != nil {
			return "", fmt.Errorf("ask for the default microphone: %w: %w", audioio.ErrServerGone, err)
		}
		defer fresh.Close()
		conn = fresh
	}
	var info proto.GetServerInfoReply
	if err := conn.Request("ask for the default microphone", &proto.GetServerInfo{}, &info); err != nil {
		return "", err // an answer that comes too late is still written into info
	}
	return info.DefaultSourceName, nil
}

// SetDefaultSource makes a source the server's default microphone.
func (p *Server) SetDefaultSource(name string) error {
	err := p.ctl.Request("make it the default", &proto.SetDefaultSource{SourceName: name}, nil)
	if refused(err, proto.ErrNoSuchEntity) {
		return fmt.Errorf("make %q the default microphone: %w", name, audioio.ErrNoDevice)
	}
	if err != nil {
		return fmt.Errorf("make %q the default microphone: %w", name, err)
	}
	return nil
}
