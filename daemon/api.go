package daemon

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/preset"
	"github.com/stillmic/stillmic/daemon/strength"
)

// api is what others may do with the daemon.
type api struct{ d *Daemon }

func (a api) Status() control.Status         { return a.d.Status() }
func (a api) Histograms() control.Histograms { return a.d.Histograms() }

func (a api) SetStrength(text string) error {
	s, err := strength.Parse(text)
	if err == nil {
		a.d.SetStrength(s)
	}
	return err
}

func (a api) SetBypass(on bool) error {
	a.d.SetBypass(on)
	return nil
}

func (a api) SetMute(on bool) error {
	a.d.SetMute(on)
	return nil
}

func (a api) SetTalk(c control.TalkChange) error {
	a.d.SetTalk(c)
	return nil
}

func (a api) SetPreset(name string) error    { return a.d.SetPreset(name) }
func (a api) SetVoice(v control.Voice) error { return a.d.SetVoice(v) }
func (a api) SetDefault(on bool) error       { return a.d.SetDefault(on) }
func (a api) PutBack(apps []string) error    { return a.d.PutBack(apps) }
func (a api) SetWelcomed(done bool) error    { return a.d.SetWelcomed(done) }
func (a api) SetModel(model string) error    { return a.d.SetModel(model) }

func (a api) SetLatency(b control.LatencyBudget) error { return a.d.SetLatency(b) }

func (a api) SetEcho(m control.EchoMode) error {
	a.d.SetEcho(m)
	return nil
}

func (a api) SetFocus(m control.FocusMode) error { return a.d.SetFocus(m) }

// Outputs asks the sound server; without one there is nothing to list.
func (a api) Outputs() ([]control.Output, error) {
	list, err := a.d.supervisor.Snapshot().Outputs()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", control.ErrNotNow, err)
	}
	return list, nil
}

// SetSpeaker changes the virtual output.
func (a api) SetSpeaker(c control.SpeakerChange) error {
	var limit *strength.Limit
	if c.Strength != nil {
		l, err := strength.Parse(*c.Strength)
		if err != nil {
			return err
		}
		limit = &l
	}
	if c.Device != nil && *c.Device != "" {
		list, err := a.Outputs()
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(list, func(o audioio.Output) bool { return o.Name == *c.Device }) {
			return fmt.Errorf("%w: no output %q; stillmic speaker device --list shows what there is", control.ErrNotFound, *c.Device)
		}
	}
	a.d.SetSpeaker(c.On, limit, c.Device)
	return nil
}

// Presets lists them in the order people choose from.
func (a api) Presets() ([]control.Preset, error) {
	list := []control.Preset{}
	for _, name := range preset.Names() {
		p, err := preset.Load(name)
		if err != nil {
			return nil, err
		}
		list = append(list, control.Preset{
			Name: p.Name, Description: p.Description, Strength: p.Strength, Focus: string(p.Focus), Voice: p.Voice,
		})
	}
	return list, nil
}

// Devices asks the sound server; without one there is nothing to list.
func (a api) Devices() ([]control.Device, error) {
	list, err := a.d.supervisor.Snapshot().Devices()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", control.ErrNotNow, err)
	}
	if list == nil {
		list = []audioio.Device{} // [] rather than null
	}
	return list, nil
}

// SetDevice has the supervisor use another microphone, or another channel of it.
func (a api) SetDevice(name string, channel int) error {
	if name != "" || channel != 0 {
		list, err := a.Devices()
		if err != nil {
			return err
		}
		now := a.d.supervisor.Snapshot()
		if err := selectable(list, cmp.Or(name, now.Source.Name), channel, now.Sink); err != nil {
			return err
		}
	}
	a.d.SetDevice(name, channel)
	return nil
}

// selectable says why a device, or a channel of it, cannot be recorded.
func selectable(list []audioio.Device, name string, channel int, own string) error {
	if name == own {
		return fmt.Errorf("%s is stillmic's own microphone and would feed back into itself; choose another", name)
	}
	for _, d := range list {
		switch {
		case d.Name != name:
		case d.Loop != "":
			return fmt.Errorf("%s gets its audio from Stillmic Microphone, by %s, and would feed back into itself; choose another",
				name, d.Loop)
		case channel > d.Channels:
			return fmt.Errorf("%s has no channel %d: use 1 to %d, or 0 for the one that the voice is in", name, channel, d.Channels)
		default:
			return nil
		}
	}
	return fmt.Errorf("%w: no microphone %q; stillmic devices lists what there is", control.ErrNotFound, name)
}
