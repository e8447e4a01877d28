package daemon

import (
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/engine"
	"github.com/stillmic/stillmic/daemon/enrol"
	"github.com/stillmic/stillmic/daemon/focus"
	networks "github.com/stillmic/stillmic/model/focus"
	"github.com/stillmic/stillmic/model/voiceprint"
)

// newFocus makes what owns whose voices stay.
func (d *Daemon) newFocus() *focus.Keeper {
	return focus.New(focus.Options{
		Engine: d.engine, Path: enrol.Path, Read: enrol.Read, Changed: d.events.Changed, Log: d.o.Log,
		NewNear: func() (engine.Focus, error) { return networks.NewNear() },
		NewMe:   func(p *voiceprint.Print) (engine.Focus, error) { return networks.NewMe(p) },
	})
}

// SetFocus chooses whose voices stay. A mode that cannot be used now is refused and changes nothing.
func (d *Daemon) SetFocus(m control.FocusMode) error {
	if err := d.focus.Check(m); err != nil {
		return err
	}
	d.settings.SetFocus(m)
	d.focus.Renew()
	return nil
}

// focusStatus says what becomes of others' voices; live: the microphone is heard.
func (d *Daemon) focusStatus(m control.FocusMode, live bool) control.Focus {
	s := d.focus.Status()
	return control.Focus{Mode: m, State: s.State, Reason: s.Reason, Print: !s.Since.IsZero(), Since: s.Since,
		Other: s.Other && live}
}
