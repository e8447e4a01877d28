//go:build linux || windows || (darwin && cgo)

package tray

import (
	"runtime"
	"strings"
	"sync/atomic"

	"fyne.io/systray"

	"github.com/stillmic/stillmic/daemon/messages"
	"github.com/stillmic/stillmic/daemon/tray/icon"
)

// iconSize in pixels: twice that of a usual panel, which scales it down.
const iconSize = 48

// menu is the icon and its menu. Only the controller's goroutine calls show.
type menu struct {
	session
	words messages.Catalog

	withKeys bool // there may be global shortcuts
	chosen   chan click
	icons    map[icon.State][]byte
	last     view
	begun    bool

	text, power, mute, setDefault, speaker, echo, test, page, start, stop, hide *item

	putBack []*item // for as many programs

	strengths, presets, microphones, latencies, others, outputs, focuses *list
}

func (m *menu) clicks() <-chan click { return m.chosen }

// build makes the menu, with everything in it that does not change.
func (m *menu) build() {
	t := func(key string) string { return m.words.Text(key) }
	m.text = &item{MenuItem: systray.AddMenuItem(t("tray.looking"), "")}
	m.text.enable(false)
	systray.AddSeparator()
	for range mostDirect {
		m.putBack = append(m.putBack, m.add(systray.AddMenuItem(t("put-back"), ""), itemPutBack))
	}
	m.start = m.add(systray.AddMenuItem(t("tray.start"), ""), itemStart)
	m.power = m.add(systray.AddMenuItemCheckbox(t("tray.remove"), "", false), itemPower)
	m.mute = m.add(systray.AddMenuItemCheckbox(t("mute"), "", false), itemMute)
	m.strengths = m.list(t("strength"), itemStrength)
	m.presets = m.list(t("preset"), itemPreset)
	m.microphones = m.list(t("microphone"), itemMicrophone)
	m.latencies = m.list(t("tray.latency"), itemLatency)
	m.setDefault = m.add(systray.AddMenuItemCheckbox(t("use-all"), "", false), itemDefault)
	m.speaker = m.add(systray.AddMenuItemCheckbox(t("tray.speaker"), "", false), itemSpeaker)
	m.others = m.list(t("speaker"), itemOthers)
	m.outputs = m.list(t("speaker.device"), itemOutput)
	m.focuses = m.list(t("focus"), itemFocus)
	m.echo = m.add(systray.AddMenuItemCheckbox(t("tray.echo"), "", false), itemEcho)
	systray.AddSeparator()
	m.test = m.add(systray.AddMenuItem(t("tray.test"), ""), itemTest)
	if m.withKeys {
		m.add(systray.AddMenuItem(t("tray.keys"), ""), itemKeys)
	}
	m.page = m.add(systray.AddMenuItem(t("tray.open"), ""), itemPage)
	systray.AddSeparator()
	m.stop = m.add(systray.AddMenuItem(t("tray.stop"), ""), itemStop)
	m.hide = m.add(systray.AddMenuItem(t("tray.hide"), ""), itemQuit)
}

// mostDirect is how many programs that record the real microphone the menu has.
const mostDirect = 4

// add has clicks on an item reported.
func (m *menu) add(i *systray.MenuItem, kind itemKind) *item {
	it := &item{MenuItem: i}
	go m.forward(it, kind)
	return it
}

// forward reports the clicks on an item, for ever.
func (m *menu) forward(it *item, kind itemKind) {
	for range it.ClickedCh {
		c := click{item: kind}
		if id := it.id.Load(); id != nil {
			c.id = *id
		}
		m.chosen <- c
	}
}

func (m *menu) list(name string, kind itemKind) *list {
	return &list{menu: m, kind: kind, name: name, parent: &item{MenuItem: systray.AddMenuItem(name, "")}}
}

// show brings the icon and the menu up to date.
func (m *menu) show(v view) {
	if !m.begun || v.icon != m.last.icon {
		systray.SetIcon(m.icons[v.icon])
	}
	if !m.begun || v.text != m.last.text {
		systray.SetTooltip("Stillmic: " + v.text)
	}
	m.text.title(v.text)
	m.start.visible(!v.connected)
	asked := func(it *item, kind itemKind, usual, sure string) {
		if v.asked.item == kind {
			it.title(m.words.Text(sure, "apps", v.apps))
		} else {
			it.title(usual)
		}
	}
	m.power.tick(v.cleaning)
	t := m.words.Text
	asked(m.power, itemPower, withKeys(t("tray.remove"), v.keys["bypass"]), "tray.off-sure")
	asked(m.stop, itemStop, t("tray.stop"), "tray.stop-sure")
	asked(m.hide, itemQuit, t("tray.hide"), "tray.hide-sure")
	m.mute.title(withKeys(t("mute"), v.keys["mute"]))
	m.mute.tick(v.mute)
	m.setDefault.tick(v.isDefault)
	m.speaker.tick(v.speaker)
	m.echo.tick(v.echo)
	for _, it := range []*item{m.power, m.mute, m.setDefault, m.speaker, m.echo} {
		it.enable(v.connected)
	}
	m.strengths.show(capital(v.strength), v.strengths, v.connected)
	m.presets.show(v.preset, v.presets, v.connected)
	m.microphones.show(v.microphone, v.microphones, v.connected)
	m.latencies.show(v.latency, v.latencies, v.connected)
	m.focuses.show(capital(v.focus), v.focuses, v.connected)
	m.others.show(capital(v.other), v.others, v.connected)
	m.outputs.show(v.output, v.outputs, v.connected)
	m.outputs.parent.visible(v.speaker)
	m.test.enable(v.connected && !v.testing)
	m.test.title(map[bool]string{false: t("tray.test"), true: t("tray.testing")}[v.testing])
	m.page.enable(v.hasPage)
	m.page.title(map[bool]string{true: t("tray.open"), false: t("tray.open-off")}[v.hasPage || !v.connected])
	for i, it := range m.putBack {
		it.visible(i < len(v.direct))
		if i < len(v.direct) {
			it.id.Store(&v.direct[i])
			it.title(t("tray.put-back", "app", shorten(v.direct[i])))
		}
	}
	m.stop.visible(v.connected)
	m.last, m.begun = v, true
}

// item is an entry of the menu that tells the panel of real changes only: each
// one has it ask for the whole menu again.
type item struct {
	*systray.MenuItem
	id                     atomic.Pointer[string] // for the goroutine of the clicks
	text                   string
	off, ticked, invisible bool
}

func (i *item) title(s string) {
	if i.text != s {
		i.text = s
		i.SetTitle(plain(s))
	}
}

// plain keeps a panel from reading a mark for the keyboard into a name.
func plain(s string) string {
	mark := "_"
	if runtime.GOOS == "windows" {
		mark = "&"
	}
	return strings.ReplaceAll(s, mark, mark+mark)
}

func (i *item) tick(on bool) {
	if i.ticked == on {
		return
	}
	i.ticked = on
	if on {
		i.Check()
	} else {
		i.Uncheck()
	}
}

func (i *item) enable(on bool) {
	if i.off == !on {
		return
	}
	i.off = !on
	if on {
		i.Enable()
	} else {
		i.Disable()
	}
}

func (i *item) visible(on bool) {
	if i.invisible == !on {
		return
	}
	i.invisible = !on
	if on {
		i.Show()
	} else {
		i.Hide()
	}
}

// list is a submenu of which one entry is chosen.
type list struct {
	menu    *menu
	kind    itemKind
	name    string
	parent  *item
	entries []*item
}

// show fills the submenu; entries that are no longer needed are hidden.
func (l *list) show(now string, choices []choice, enabled bool) {
	l.parent.title(title(l.name, now))
	l.parent.enable(enabled && len(choices) > 0)
	for k, c := range choices {
		if k == len(l.entries) {
			l.entries = append(l.entries, l.menu.add(l.entry(), l.kind))
		}
		e := l.entries[k]
		e.id.Store(&c.id)
		if radioMarks {
			e.title(map[bool]string{true: "● ", false: "○ "}[c.ticked] + c.label)
		} else {
			e.title(c.label)
			e.tick(c.ticked)
		}
		e.visible(true)
	}
	for _, e := range l.entries[len(choices):] {
		e.visible(false)
	}
}

// radioMarks: on Linux a ticked entry has the box of one of which several may be ticked, and the library
// knows no other. Elsewhere a tick is what lists have.
const radioMarks = runtime.GOOS == "linux"

// entry adds an entry to the submenu.
func (l *list) entry() *systray.MenuItem {
	if radioMarks {
		return l.parent.AddSubMenuItem("", "")
	}
	return l.parent.AddSubMenuItemCheckbox("", "", false)
}

// drawIcons draws them all, in the format of this system.
func drawIcons() (map[icon.State][]byte, error) {
	draw := icon.PNG
	if runtime.GOOS == "windows" {
		draw = icon.ICO
	}
	all := map[icon.State][]byte{}
	for _, s := range icon.States() {
		b, err := draw(s, iconSize)
		if err != nil {
			return nil, err
		}
		all[s] = b
	}
	return all, nil
}
