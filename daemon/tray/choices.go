package tray

import (
	"cmp"
	"slices"
	"strings"

	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/focus"
)

// choice is an entry of a list from which one is chosen.
type choice struct {
	id, label string
	ticked    bool
}

// listStrengths lists them by their names, of which one may be ticked.
func (m *model) listStrengths(now string) []choice {
	list := make([]choice, len(strengths))
	for i, name := range strengths {
		list[i] = choice{name, capital(m.named("strength.", name)), name == now}
	}
	return list
}

// speaker lists how much of others' noise may be removed. Nothing is "off", which has an item of its own.
func (m *model) speaker() (now string, list []choice) {
	if m.status.Speaker.On {
		now = m.status.Speaker.Strength
	}
	return m.named("strength.", now), m.listStrengths(now)[1:]
}

// named returns the text for a name of the daemon's, or the name where there is none.
func (m *model) named(kind, name string) string {
	if text, ok := m.text[kind+name]; ok {
		return text
	}
	return name
}

// microphones lists what can be cleaned, without monitors and our own.
func (m *model) microphones() (now string, list []choice) {
	var there []choice
	for _, d := range m.devices {
		if !d.Monitor && d.Name != m.status.Sink && d.Loop == "" {
			there = append(there, choice{id: d.Name, label: d.Description})
		}
	}
	return m.listDevices(there, m.status.Device)
}

// outputs lists what the others can be heard on.
func (m *model) outputs() (now string, list []choice) {
	there := make([]choice, len(m.playable))
	for i, o := range m.playable {
		there[i] = choice{id: o.Name, label: o.Description}
	}
	return m.listDevices(there, m.status.Speaker.Device)
}

// listDevices lists devices after the system's default, and the chosen one although it is unplugged.
func (m *model) listDevices(there []choice, chosen string) (now string, list []choice) {
	list = append([]choice{{label: m.text.Text("microphone.default")}}, there...)
	i := slices.IndexFunc(list, func(c choice) bool { return c.id == chosen })
	if i < 0 {
		i = len(list)
		list = append(list, choice{chosen, m.text.Text("unplugged", "name", shorten(chosen)), true})
	}
	for k := range list[:len(there)+1] {
		c := &list[k]
		c.label, c.ticked = shorten(cmp.Or(c.label, c.id)), k == i
	}
	return list[i].label, list
}

// latency lists how much delay the network may take, with what each is for.
func (m *model) latency() (now string, list []choice) {
	for _, b := range []control.LatencyBudget{control.Latency40, control.Latency20} {
		text := m.text.Text("latency." + string(b))
		list = append(list, choice{string(b), text, b == m.status.Budget})
		if b == m.status.Budget {
			now = strings.Replace(string(b), "ms", " ms", 1)
		}
	}
	return now, list
}

// focus lists whose voices may stay, and says of the present choice what becomes of it.
func (m *model) focus() (now string, list []choice) {
	f := m.status.Focus
	for _, mode := range focus.Modes {
		list = append(list, choice{string(mode), capital(m.named("focus.", string(mode))), mode == f.Mode})
	}
	now = m.named("focus.", string(f.Mode))
	switch {
	case f.Other:
		now = m.text.Text("focus.lowering", "mode", now)
	case f.Reason != "":
		now = m.text.Text("focus.unused", "mode", now)
	}
	return now, list
}

func (m *model) listPresets() []choice {
	list := make([]choice, len(m.presets))
	for i, p := range m.presets {
		list[i] = choice{p.Name, m.presetLabel(p.Name), p.Name == m.status.Preset}
	}
	return list
}

// presetLabel names a preset by what it is for.
func (m *model) presetLabel(name string) string { return capital(m.named("preset.", name)) }
