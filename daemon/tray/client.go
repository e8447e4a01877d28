package tray

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/farend"
)

// follow keeps the model informed for as long as ctx lasts.
func (ctl *controller) follow(ctx context.Context) {
	said := "" // once, not with every attempt
	for ctx.Err() == nil {
		err := ctl.listen(ctx)
		if text := err.Error(); ctx.Err() == nil && text != said && !errors.Is(err, control.ErrNoDaemon) {
			ctl.o.Log("connection to the daemon: %v", err)
			said = text
		}
		ctl.news(ctx, func(m *model) { m.disconnected(time.Now()) })
		select {
		case <-ctx.Done():
		case <-time.After(retry):
		}
	}
}

// listen hears the daemon until the connection ends.
func (ctl *controller) listen(ctx context.Context) error {
	ask, end := ctl.lister(ctx)
	defer end()
	var known listed
	first := true
	for ev, err := range ctl.o.Daemon.Events(ctx, control.EventStatus) {
		if err != nil {
			return err
		}
		var s control.Status
		if err := ev.Decode(&s); err != nil {
			return err
		}
		ctl.news(ctx, func(m *model) { m.update(s, time.Now()) })
		if s.Welcome && first && ctl.o.Greet() {
			ctl.greet()
		}
		if now := listedBy(s); first || now != known {
			ask()
			first, known = false, now
		}
	}
	return errors.New("the daemon ended the connection")
}

// listed is what changes with the lists of devices: outputs, too, come and go.
type listed struct {
	microphones uint64
	server      string
	speaker     bool
	output      string
}

func listedBy(s control.Status) listed {
	return listed{s.DevicesChanged, s.Server, s.Speaker.On, s.Speaker.Output}
}

// greet tells who has just installed it what to do next.
func (ctl *controller) greet() {
	text := ctl.m.text
	ctl.menu.notify(actionSlot, &notice{title: text.Text("notice.welcome"), body: text.Text("notice.welcome-body"),
		button: text.Text("notice.show"), does: click{item: itemPage}})
}

// lister has ask get the lists anew, until end is called. They are got one after the other: of two at once the older
// could come last, and stay.
func (ctl *controller) lister(ctx context.Context) (ask, end func()) {
	ctx, cancel := context.WithCancel(ctx)
	wanted, ended := make(chan struct{}, 1), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-ctx.Done():
				return
			case <-wanted:
				ctl.lists(ctx)
			}
		}
	}()
	ask = func() {
		select {
		case wanted <- struct{}{}:
		default:
		}
	}
	return ask, func() { cancel(); <-ended }
}

// lists asks for what the status does not hold. What fails is asked for again
// when the devices change.
func (ctl *controller) lists(ctx context.Context) {
	if devices, err := ctl.o.Daemon.Devices(ctx); err != nil {
		ctl.o.Log("list microphones: %v", err)
	} else {
		ctl.news(ctx, func(m *model) { m.devices = devices })
	}
	if outputs, err := ctl.o.Daemon.Outputs(ctx); err != nil {
		ctl.o.Log("list outputs: %v", err)
	} else {
		ctl.news(ctx, func(m *model) { m.playable = outputs })
	}
	if presets, err := ctl.o.Daemon.Presets(ctx); err != nil {
		ctl.o.Log("list presets: %v", err)
	} else {
		ctl.news(ctx, func(m *model) { m.presets = presets })
	}
}

// clicked does what an item of the menu says.
func (ctl *controller) clicked(ctx context.Context, v view, c click) {
	d := ctl.o.Daemon
	switch c.item {
	case itemPower:
		ctl.set(func(ctx context.Context) (control.Status, error) { return d.SetBypass(ctx, v.cleaning || c.sure) })
	case itemMute:
		ctl.set(func(ctx context.Context) (control.Status, error) { return d.SetMute(ctx, !v.mute) })
	case itemStrength:
		ctl.set(func(ctx context.Context) (control.Status, error) { return d.SetStrength(ctx, c.id) })
	case itemMicrophone:
		ctl.set(func(ctx context.Context) (control.Status, error) { return d.SetDevice(ctx, c.id, 0) })
	case itemLatency:
		ctl.set(func(ctx context.Context) (control.Status, error) {
			return d.SetLatency(ctx, control.LatencyBudget(c.id))
		})
	case itemPreset:
		ctl.set(func(ctx context.Context) (control.Status, error) { return d.SetPreset(ctx, c.id) })
	case itemDefault:
		ctl.set(func(ctx context.Context) (control.Status, error) { return d.SetDefault(ctx, !v.isDefault) })
	case itemSpeaker:
		on := !v.speaker
		ctl.set(func(ctx context.Context) (control.Status, error) {
			return d.SetSpeaker(ctx, control.SpeakerChange{On: &on})
		})
	case itemOthers: // who chooses how much wants it removed
		on := true
		ctl.set(func(ctx context.Context) (control.Status, error) {
			return d.SetSpeaker(ctx, control.SpeakerChange{On: &on, Strength: &c.id})
		})
	case itemOutput:
		ctl.set(func(ctx context.Context) (control.Status, error) {
			return d.SetSpeaker(ctx, control.SpeakerChange{Device: &c.id})
		})
	case itemEcho:
		mode := map[bool]control.EchoMode{true: farend.Off, false: farend.Auto}[v.echo]
		ctl.set(func(ctx context.Context) (control.Status, error) { return d.SetEcho(ctx, mode) })
	case itemFocus:
		ctl.set(func(ctx context.Context) (control.Status, error) { return d.SetFocus(ctx, control.FocusMode(c.id)) })
	case itemStart:
		ctl.do(func(context.Context) error { return ctl.o.Start() })
	case itemPage:
		ctl.do(ctl.o.Page)
	case itemKeys:
		if ctl.m.keys {
			ctl.tellKeys(ctl.m.bound)
			return
		}
		ctl.m.keys = true
		ctl.jobs.Go(func() { ctl.listenToKeys(ctx, true) })
	case itemPutBack:
		ctl.set(func(ctx context.Context) (control.Status, error) {
			return d.PutBack(ctx, strings.Split(c.id, "\n")...)
		})
	case itemStop:
		pid := ctl.m.status.PID
		ctl.do(func(context.Context) error { return ctl.o.Stop(pid) })
	case itemTest:
		if !v.testing {
			ctl.m.testing = true
			ctl.jobs.Go(func() { ctl.test(ctx) })
		}
	}
}

// set has the daemon change something; its answer is news.
func (ctl *controller) set(change func(ctx context.Context) (control.Status, error)) {
	ctl.do(func(ctx context.Context) error {
		s, err := change(ctx)
		if err == nil {
			ctl.news(ctx, func(m *model) { m.update(s, time.Now()) })
		}
		return err
	})
}

// testMost is how long a test of the microphone may take: 10 s of recording,
// played twice.
const testMost = time.Minute

// test runs beside the worker, since it lasts.
func (ctl *controller) test(ctx context.Context) {
	limited, cancel := context.WithTimeout(ctx, testMost)
	defer cancel()
	text := ctl.m.text
	ctl.menu.notify(actionSlot, &notice{title: text.Text("notice.record"), body: text.Text("notice.record-body")})
	said, err := ctl.o.Test(limited)
	if err != nil {
		ctl.menu.notify(actionSlot, &notice{title: text.Text("notice.test-failed"), body: capital(text.Said(err.Error()))})
	} else {
		ctl.menu.notify(actionSlot, &notice{title: text.Text("notice.test"), body: text.Said(sentences(said))})
	}
	ctl.news(ctx, func(m *model) { m.testing = false })
}

// sentences returns what a test said up to its first empty line; figures follow.
func sentences(said string) string {
	text, _, _ := strings.Cut(said, "\n\n")
	return text
}
