package daemon

import (
	"errors"
	"fmt"
	"slices"

	"go.uber.org/zap"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/device"
	"github.com/stillmic/stillmic/daemon/supervisor"
)

// PutBack has programs that record a real microphone record the virtual one: those of the names
// that the status gives them, without any all. One that has ended meanwhile is no error.
func (d *Daemon) PutBack(apps []string) error {
	moved := []string{}
	err := d.supervisor.Do(func(srv device.Server, s supervisor.Snapshot) error {
		m, knows := srv.(audioio.Mixer)
		if !knows {
			return errors.New("this sound system does not let programs be moved; choose Stillmic Microphone in the app")
		}
		list, err := m.Recorders()
		if err != nil {
			return err
		}
		for _, r := range list {
			meant := len(apps) == 0 || slices.Contains(apps, appName(r))
			if r.Stillmic || !r.Raw || !meant {
				continue
			}
			if err := m.MoveRecorder(r.Stream, s.Sink); err != nil && !errors.Is(err, audioio.ErrNoDevice) {
				return err
			}
			moved = append(moved, appName(r))
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("%w: %w", control.ErrNotNow, err)
	}
	d.o.Log.Info("programs put back", zap.Strings("programs", moved))
	return nil
}
