package audioio

import (
	"fmt"

	"github.com/jfreymuth/pulse/proto"
)

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
