package tray

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/stillmic/stillmic/daemon/control"
)

// follow keeps the model informed for as long as ctx lasts.
func (h *heart) follow(ctx context.Context) {
	said := "" // once, not with every attempt
	for ctx.Err() == nil {
		err := h.listen(ctx)
		if text := err.Error(); ctx.Err() == nil && text != said && !errors.Is(err, control.ErrNoDaemon) {
			h.o.Log("connection to the daemon: %v", err)
			said = text
		}
		h.news(ctx, func(m *model) { m.lost(time.Now()) })
		select {
		case <-ctx.Done():
		case <-time.After(retry):
		}
	}
}

// listen hears the daemon until the connection ends.
func (h *heart) listen(ctx context.Context) error {
	var known uint64
	first := true
	for ev, err := range h.o.Daemon.Events(ctx, control.EventStatus) {
		if err != nil {
			return err
		}
		var s control.Status
		if err := ev.Decode(&s); err != nil {
			return err
		}
		h.news(ctx, func(m *model) { m.heard(s, time.Now()) })
		if first || s.DevicesChanged != known {
			go h.lists(ctx)
			first, known = false, s.DevicesChanged
		}
	}
	return errors.New("the daemon ended the connection")
}

// lists asks for what the status does not hold. What fails is asked for again
// when the devices change.
func (h *heart) lists(ctx context.Context) {
	if devices, err := h.o.Daemon.Devices(ctx); err != nil {
		h.o.Log("list microphones: %v", err)
	} else {
		h.news(ctx, func(m *model) { m.devices = devices })
	}
	if presets, err := h.o.Daemon.Presets(ctx); err != nil {
		h.o.Log("list presets: %v", err)
	} else {
		h.news(ctx, func(m *model) { m.presets = presets })
	}
}

// clicked does what an item of the menu says.
func (h *heart) clicked(ctx context.Context, c click) {
	d, v := h.o.Daemon, h.m.view(time.Now())
	switch c.what {
	case power:
		h.set(func(ctx context.Context) (control.Status, error) { return d.SetBypass(ctx, v.on) })
	case muted:
		h.set(func(ctx context.Context) (control.Status, error) { return d.SetMute(ctx, !v.mute) })
	case strength:
		h.set(func(ctx context.Context) (control.Status, error) { return d.SetStrength(ctx, c.id) })
	case microphone:
		h.set(func(ctx context.Context) (control.Status, error) { return d.SetDevice(ctx, c.id, 0) })
	case latency:
		h.set(func(ctx context.Context) (control.Status, error) {
			return d.SetLatency(ctx, control.LatencyBudget(c.id))
		})
	case preset:
		h.set(func(ctx context.Context) (control.Status, error) { return d.SetPreset(ctx, c.id) })
	case standard:
		h.set(func(ctx context.Context) (control.Status, error) { return d.SetDefault(ctx, !v.def) })
	case start:
		h.do(func(context.Context) error { return h.o.Start() })
	case page:
		h.do(h.o.Page)
	case test:
		if !v.testing {
			h.m.testing = true
			go h.test(ctx)
		}
	}
}

// set has the daemon change something; its answer is news.
func (h *heart) set(change func(ctx context.Context) (control.Status, error)) {
	h.do(func(ctx context.Context) error {
		s, err := change(ctx)
		if err == nil {
			h.news(ctx, func(m *model) { m.heard(s, time.Now()) })
		}
		return err
	})
}

// testMost is how long a test of the microphone may take: 10 s of recording,
// played twice.
const testMost = time.Minute

// test runs beside the worker, since it lasts.
func (h *heart) test(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, testMost)
	defer cancel()
	h.menu.notify(actionSlot, &notice{"Recording: speak for 10 seconds",
		"Then you will hear yourself twice: first without Stillmic, then with it."})
	said, err := h.o.Test(ctx)
	if err != nil {
		h.menu.notify(actionSlot, &notice{"The microphone test failed", capital(err.Error())})
	} else {
		h.menu.notify(actionSlot, &notice{"Your microphone test", sentences(said)})
	}
	h.news(context.WithoutCancel(ctx), func(m *model) { m.testing = false })
}

// sentences returns what a test said up to its first empty line; figures follow.
func sentences(said string) string {
	text, _, _ := strings.Cut(said, "\n\n")
	return text
}
