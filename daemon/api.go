package daemon

import "github.com/stillmic/stillmic/daemon/control"

// api connects the control socket to the daemon.
func (d *Daemon) api() control.API {
	return control.API{
		Status: func() any { return d.Status() },
		Strength: func(text string) error {
			s, err := ParseStrength(text)
			if err == nil {
				d.SetStrength(s)
			}
			return err
		},
		Bypass: d.SetBypass,
	}
}
