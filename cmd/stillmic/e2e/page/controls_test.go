//go:build linux

package page

import (
	"fmt"
	"strings"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/stillmic/stillmic/audioio/pulse"
	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/cmd/stillmic/e2e/stage"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/farend"
	"github.com/stillmic/stillmic/daemon/focus"
	"github.com/stillmic/stillmic/daemon/voice"
)

// pressed is the expression for a button that is on.
func pressed(id string) string {
	return fmt.Sprintf(`document.getElementById(%q).getAttribute("aria-pressed") === "true"`, id)
}

// value is the expression for the value of an input.
func value(id string) string { return fmt.Sprintf("document.getElementById(%q).value", id) }

// controls: switches, strength and presets, by mouse and keyboard.
func (p *tab) controls() {
	p.click("#mute")
	p.awaits("muted", func(st control.Status) bool { return st.Mute && st.Silent })
	p.until(patient, pressed("mute")+" && "+text("headline")+`.includes("muted")`)
	if resting := ask[string](p, `import("/assets/connection.js").then(({ connection: c }) => {
		const show = (status) => c.dispatchEvent(new CustomEvent("status", { detail: (c.status = status) }));
		const now = c.status;
		show({ ...now, state: "suspended" });
		const said = `+text("headline")+`;
		show(now);
		return said;
	})`); !strings.Contains(resting, "muted") {
		p.T.Errorf("muted, while no app uses the microphone, the page says %q", resting)
	}
	p.key("#mute", " ")
	p.awaits("heard", func(st control.Status) bool { return !st.Mute })
	p.key("#bypass", kb.Enter)
	p.awaits("bypassed", func(st control.Status) bool { return st.Bypass })
	p.until(patient, "!("+pressed("bypass")+") && "+text("state-name")+` === "off"`)
	p.click("#bypass")
	p.awaits("not bypassed", func(st control.Status) bool { return !st.Bypass })
	p.until(patient, text("state-name")+` === "on"`) // which is announced

	strength := func(dB float64) {
		p.T.Helper()
		p.awaits(fmt.Sprintf("at %g dB", dB), func(st control.Status) bool { return st.StrengthDB == dB })
	}
	p.listen()
	p.click("#strength-stops button:nth-child(2)")
	strength(12)
	p.until(patient, value("strength")+` === "10"`)
	p.key("#strength", kb.ArrowRight)
	strength(13) // a tenth of the way from 12 to 24 dB
	p.until(patient, text("strength-text")+` === "13 dB"`)
	p.key("#strength", kb.End)
	strength(100)
	p.saysLittle("while the strength is moved", "", 0) // the slider itself says its value
	p.key("#strength", kb.Home)
	strength(0)
	p.until(patient, text("state-name")+` === "off"`)

	p.choose("#preset", "For pod")
	p.awaits("podcast", func(st control.Status) bool { return st.Preset == "podcast" && st.Strength == "max" })
	p.until(patient, text("preset-help")+`.startsWith("One voice")`)
	p.key("#preset", kb.ArrowUp)
	p.awaits("office", func(st control.Status) bool { return st.Preset == "office" && st.Focus.Mode == focus.Near })
	p.until(patient, text("preset-help")+`.includes("far from the microphone") && `+value("focus")+` === "near"`)
	p.key("#preset", kb.ArrowUp)
	p.awaits("call", func(st control.Status) bool { return st.Preset == "call" && st.Focus.Mode == focus.Off })

	p.choose("#speaker", "gen")
	p.awaits("a speaker", func(st control.Status) bool { return st.Speaker.On && st.Speaker.Strength == "gentle" })
	p.until(patient, `document.querySelectorAll("#speaker-device option").length > 1`)
	p.choose("#speaker-device", "Speak")
	p.awaits("a device", func(st control.Status) bool { return st.Speaker.Device == soundserver.Speakers })
	p.key("#speaker-device", kb.Home)
	p.awaits("the default one", func(st control.Status) bool { return st.Speaker.Device == "" })
	p.key("#speaker", kb.Home)
	p.awaits("no speaker", func(st control.Status) bool { return !st.Speaker.On })
	p.choose("#echo", "stays")
	p.awaits("echo", func(st control.Status) bool { return st.Echo.Mode == farend.Off })
	p.key("#echo", kb.Home)
	p.awaits("no echo", func(st control.Status) bool { return st.Echo.Mode == farend.Auto })

	p.focus()

	p.choose("#budget", "20")
	p.awaits("20 ms", func(st control.Status) bool { return st.Budget == control.Latency20 })
	p.until(patient, text("budget-help")+`.includes("later callers hear you. Neural network: ")`)
	p.key("#budget", kb.ArrowUp)
	p.awaits("40 ms", func(st control.Status) bool { return st.Budget == control.Latency40 })
}

// focus: whose voices stay; what cannot be had is refused with the remedy.
func (p *tab) focus() {
	p.T.Helper()
	p.choose("#focus", "those")
	p.awaits("near", func(st control.Status) bool { return st.Focus.Mode == focus.Near && st.Focus.State == focus.Working })
	p.until(patient, text("focus-help")+`.startsWith("Two people")`)
	p.picture("focus.png")
	p.expectFailures(true)
	p.choose("#focus", "yours")
	p.until(patient, text("toast")+` === "“yours alone” works once your voice is enrolled, under “Your voice”"`)
	p.until(patient, value("focus")+` === "near"`) // back at what holds
	p.expectFailures(false)
	p.key("#focus", kb.Home)
	p.awaits("no focus", func(st control.Status) bool { return st.Focus.Mode == focus.Off && st.Focus.State == focus.Unused })
}

// voice: the knobs of the voice processing, and a value that is refused.
func (p *tab) voice() {
	p.click("[data-key=leveller] label:nth-child(3) input")
	p.awaits("levelled strongly", func(st control.Status) bool { return st.Voice.Leveller == voice.Strong })
	p.until(patient, value("preset")+` === ""`) // no longer the preset
	p.key("[data-key=leveller] label:nth-child(3) input", kb.ArrowLeft)
	p.awaits("levelled lightly", func(st control.Status) bool { return st.Voice.Leveller == voice.Light })

	p.write("#voice-target_lufs", "-23")
	p.awaits("at -23 LUFS", func(st control.Status) bool { return st.Voice.TargetLUFS == -23 })
	p.expectFailures(true)
	p.write("#voice-target_lufs", "-3")
	p.until(patient, text("toast")+`.includes("target_lufs")`)
	p.until(patient, value("voice-target_lufs")+` === "-23"`) // back at what holds
	p.expectFailures(false)
}

// devices: the list follows what is plugged in, and the choice is used.
func (p *tab) devices() {
	has := func(name string) string {
		return fmt.Sprintf("[...document.getElementById('device').options].some((o) => o.value === %q)", name)
	}
	p.until(patient, has("desk_mic")+" && "+has(soundserver.FakeMic)+" && !"+has(pulse.MicName))
	p.choose("#device", "Fake_desk")
	p.awaits("at the desk", func(st control.Status) bool { return st.Device == "desk_mic" && st.Source == "desk_mic" })
	if err := p.AddMic("new_mic", 48000, 1); err != nil {
		p.T.Fatal(err)
	}
	p.until(patient, has("new_mic"))
	p.key("#device", kb.Home)
	p.awaits("at the default", func(st control.Status) bool { return st.Device == "" && st.Source == soundserver.FakeMic })

	p.click("#default")
	p.awaits("the default", func(st control.Status) bool { return st.DefaultSource == st.Sink })
	p.until(patient, text("default")+`.includes("give the microphone back")`)
	p.key("#default", kb.Enter)
	p.awaits("not the default", func(st control.Status) bool { return st.DefaultSource != st.Sink })
}

// talk: the button mutes and opens the microphone, by mouse and keyboard.
func (p *tab) talk() {
	silent := func(want bool) {
		p.T.Helper()
		p.awaits(fmt.Sprintf("silent %v", want), func(st control.Status) bool { return st.Silent == want })
	}
	p.click("#talk-mode label:nth-child(2) input")
	p.awaits("push-to-talk", func(st control.Status) bool { return st.Talk.Mode == control.PushToTalk })
	silent(true)
	p.until(patient, text("headline")+`.includes("until you hold") && !document.getElementById("talk").disabled`)

	at := ask[[]float64](p, `(() => { const b = document.getElementById("talk"); b.scrollIntoView({block: "center"}); const r = b.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()`)
	p.do(chromedp.MouseEvent(input.DispatchMouseEventTypeMousePressed, at[0], at[1], chromedp.ButtonLeft, chromedp.ClickCount(1)))
	silent(false)
	p.do(chromedp.MouseEvent(input.DispatchMouseEventTypeMouseReleased, at[0], at[1], chromedp.ButtonLeft, chromedp.ClickCount(1)))
	silent(true)

	p.do(chromedp.Focus(chromedp.CSS("#talk")))
	space := func(kind input.DispatchKeyEventType) {
		p.T.Helper()
		if _, err := chromedp.Call(p.ctx, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: kind, Key: " ", Code: "Space", WindowsVirtualKeyCode: 32}); err != nil {
			p.T.Fatal(err)
		}
	}
	space(input.DispatchKeyEventTypeKeyDown)
	silent(false)
	p.until(patient, pressed("talk"))
	space(input.DispatchKeyEventTypeKeyUp)
	silent(true)
	p.click("#talk-mode label:nth-child(1) input")
	p.awaits("without talk button", func(st control.Status) bool { return st.Talk.Mode == control.TalkOff && !st.Silent })
}

// atOnce: page and daemon agree within a second, on a busy machine too, whoever makes the change.
func (p *tab) atOnce() {
	const most = time.Second
	stage.UntilClean(p.T, func() string {
		worst := time.Duration(0)
		measure := func(change func(), wait func()) {
			begin := time.Now()
			change()
			wait()
			worst = max(worst, time.Since(begin))
		}
		for _, on := range []bool{true, false, true, false} {
			want := pressed("mute")
			if !on {
				want = "!(" + want + ")"
			}
			measure(func() { p.Post("/v1/mute", map[string]bool{"on": on}) }, func() { p.until(patient, want) })
		}
		for place, dB := range map[int]float64{10: 12, 30: 60} {
			measure(func() { p.Post("/v1/strength", map[string]float64{"strength": dB}) },
				func() { p.until(patient, fmt.Sprintf(`%s === "%d"`, value("strength"), place)) })
		}
		toPage := worst
		worst = 0
		for _, on := range []bool{true, false} {
			measure(func() { ask[bool](p, `document.getElementById("mute").click() === undefined`) },
				func() { p.awaits("changed", func(st control.Status) bool { return st.Mute == on }) })
		}
		p.T.Logf("the page shows a change after %v at most, the daemon has one after %v", toPage.Round(time.Millisecond), worst.Round(time.Millisecond))
		if toPage > most || worst > most {
			return fmt.Sprintf("a change took %v to the page and %v to the daemon, want %v at most", toPage, worst, most)
		}
		return ""
	})
}
