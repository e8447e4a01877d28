package daemon

import (
	"go.uber.org/zap"

	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/engine"
	"github.com/stillmic/stillmic/daemon/paths"
	"github.com/stillmic/stillmic/daemon/settings"
	"github.com/stillmic/stillmic/daemon/strength"
	"github.com/stillmic/stillmic/daemon/supervisor"
	"github.com/stillmic/stillmic/daemon/voice"
)

// openSettings reads what was chosen earlier and has it used.
func (d *Daemon) openSettings() error {
	state, err := paths.StateDir()
	if err != nil {
		return err
	}
	session, err := paths.RuntimeDir()
	if err != nil {
		return err
	}
	d.settings, err = settings.Open(settings.Options{
		Config: d.o.Config, Flags: d.o.Flags, StateDir: state, SessionDir: session,
		Use: d.use, Changed: d.events.Changed, Log: d.o.Log,
	})
	if err != nil {
		return err
	}
	now := d.settings.Now()
	d.useEngine(settings.Settings{}, now)
	d.focus.Settle()
	d.restoreModel(now)
	return nil
}

// use has settings used in the place of others. The store calls it.
func (d *Daemon) use(was, now settings.Settings) {
	d.useEngine(was, now)
	if now.Device != was.Device || now.Channel != was.Channel {
		d.supervisor.SelectInput(supervisor.Input{Device: now.Device, Channel: now.Channel})
	}
}

// useEngine has the engine use settings in the place of others.
func (d *Daemon) useEngine(was, now settings.Settings) {
	d.engine.SetMute(now.Silent())
	d.engine.SetBypass(now.Bypass)
	d.engine.SetStrength(now.Strength)
	d.echo.SetMode(now.Echo)
	d.focus.SetMode(now.Focus)
	d.speaker.Set(now.Speaker)
	if now.Voice == was.Voice {
		return
	}
	var p engine.PostProcessor
	if now.Voice != (voice.Settings{}) {
		p = voice.New(now.Voice)
	}
	d.engine.SetPostProcessor(p)
}

// SetStrength changes how much noise is removed, from the next hop on.
func (d *Daemon) SetStrength(l strength.Limit) {
	d.settings.SetStrength(l)
	d.o.Log.Debug("strength", zap.Stringer("strength", l))
}

// SetBypass switches cleaning off and on.
func (d *Daemon) SetBypass(on bool) {
	d.settings.SetBypass(on)
	d.o.Log.Info("bypass", zap.Bool("on", on))
}

// SetMute silences the microphone, or opens it.
func (d *Daemon) SetMute(on bool) {
	d.settings.SetMute(on)
	d.o.Log.Info("mute", zap.Bool("on", on))
}

// SetTalk changes what the talk button does, or presses or releases it. A new
// mode begins with the button released.
func (d *Daemon) SetTalk(c control.TalkChange) {
	if d.settings.SetTalk(c) {
		d.o.Log.Info("talk button", zap.String("mode", string(*c.Mode)))
	}
}

// SetEcho changes when the echo of loudspeakers is cancelled.
func (d *Daemon) SetEcho(m control.EchoMode) {
	d.settings.SetEcho(m)
	d.o.Log.Info("echo", zap.String("mode", string(m)))
}

// SetSpeaker changes what is not nil of the virtual output.
func (d *Daemon) SetSpeaker(on *bool, limit *strength.Limit, device *string) {
	d.settings.SetSpeaker(on, limit, device)
	now := d.settings.Now().Speaker
	d.o.Log.Info("speaker", zap.Bool("on", now.On), zap.Stringer("strength", now.Strength), zap.String("device", now.Device))
}

// SetPreset uses a preset's strength, focus and voice; "" turns the voice processing
// off and leaves the strength.
func (d *Daemon) SetPreset(name string) error {
	if err := d.settings.SetPreset(name); err != nil {
		return err
	}
	d.o.Log.Info("preset", zap.String("preset", name))
	return nil
}

// SetVoice changes the voice processing.
func (d *Daemon) SetVoice(v voice.Settings) error { return d.settings.SetVoice(v) }

// SetDevice uses another microphone, "" for the system's default, and of its channels one, from
// 1 on; 0 for those that the voice is in.
func (d *Daemon) SetDevice(name string, channel int) {
	d.settings.SetDevice(name, channel)
	d.o.Log.Info("microphone chosen", zap.String("device", name), zap.Int("channel", channel))
}
