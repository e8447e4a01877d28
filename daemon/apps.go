package daemon

import (
	"errors"
	"fmt"

	"go.uber.org/zap"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/device"
	"github.com/stillmic/stillmic/daemon/supervisor"
)

// PutBack has the programs that record the real microphone record the virtual one.
func (d *Daemon) PutBack() error {
	moved := 0
	err := d.supervisor.Do(func(srv device.Server, s supervisor.Snapshot) error {
		m, knows := srv.(audioio.Mixer)
		if !knows {
			return errors.New("this sound system does not let programs be moved; choose Stillmic Microphone in the app")
		}
		list, err := m.Recorders()
		if err != nil {
			return err
		}
		sources := map[string]bool{}
		for _, r := range list {
			sources[r.Source] = sources[r.Source] || r.Raw && !r.Stillmic
		}
		for source, raw := range sources {
			if !raw {
				continue
			}
			n, err := m.MoveRecorders(source, s.Sink)
			moved += n
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("%w: %w", control.ErrNotNow, err)
	}
	d.o.Log.Info("programs put back", zap.Int("programs", moved))
	return nil
}
