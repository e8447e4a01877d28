//go:build linux

package page

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// outage: a daemon that does not answer is said to be slow, and the page goes
// on when it does.
func (p *tab) outage() {
	if err := p.Daemon.Process.Signal(syscall.SIGSTOP); err != nil {
		p.T.Fatal(err)
	}
	p.until(patient, text("state-name")+` === "not responding"`)
	// So does an answer that breaks off, in the page's words and not the browser's.
	if said := ask[string](p, `import("/assets/api.js").then(async (api) => {
		const usual = window.fetch;
		window.fetch = async (_, { signal }) => new Response(new ReadableStream({
			start: (c) => signal.addEventListener("abort", () => c.error(signal.reason)) }));
		const answer = await api.send("/v1/status", { limit: 100 });
		window.fetch = usual;
		return api.read(answer, "json").then(() => "nothing", (e) => e.message);
	})`); said != "Stillmic is not responding" {
		p.T.Errorf("of an answer that breaks off the page says %q", said)
	}
	if err := p.Daemon.Process.Signal(syscall.SIGCONT); err != nil {
		p.T.Fatal(err)
	}
	p.until(patient, text("state-name")+` === "on"`)
}

// restart: a daemon that ends is said to be gone, and the page goes on with the next one by
// itself, which serves it at the same address to the same token. A mistake that came into the settings
// file meanwhile is said, with file and line, and the last good settings hold.
func (p *tab) restart(config string) {
	p.expectFailures(true)
	p.click("#record")
	p.until(patient, text("record")+` !== "Record 10 seconds"`)
	if err := p.SignalDaemon(syscall.SIGTERM); err != nil {
		p.T.Fatal(err)
	}
	p.until(patient, text("state-name")+` === "not running"`)
	p.until(patient, text("record")+` === "Record 10 seconds" && document.getElementById("record-progress").value === 0`)
	p.until(patient, `((a, b) => a.backgroundColor === b.backgroundColor && a.color === b.color)(...["bypass", "mute"].map((id) => getComputedStyle(document.getElementById(id))))`)
	p.click("#mute")
	p.until(patient, text("toast")+` !== ""`)
	good, err := os.ReadFile(config)
	if err != nil {
		p.T.Fatal(err)
	}
	if err := os.WriteFile(config, append(good, "[control]\nlisten = 127.0.0.1:8765\n"...), 0o600); err != nil {
		p.T.Fatal(err)
	}
	p.StartDaemon()
	p.until(20*time.Second, text("state-name")+` === "on" && document.getElementById("notice").hidden`)
	wrong := fmt.Sprintf("%s:%d: listen: a text stands in quotes", config, strings.Count(string(good), "\n")+2)
	p.until(patient, "!"+hidden("mistake")+" && "+text("mistake-text")+fmt.Sprintf(".includes(%q)", wrong))
	if err := os.WriteFile(config, good, 0o600); err != nil {
		p.T.Fatal(err)
	}
}

// links: a link opens the page once. Whoever comes second is told, and goes on with a new one.
func (p *tab) links() {
	p.expectFailures(true)
	link := pageLink(p.Stage)
	forget := func() {
		p.T.Helper()
		ask[bool](p, `(sessionStorage.clear(), true)`)
		p.do(chromedp.Navigate("about:blank"))
	}
	forget()
	p.do(chromedp.Navigate(link))
	p.until(patient, text("state-name")+` === "on"`)
	forget()
	p.do(chromedp.Navigate(link))
	p.until(20*time.Second, text("state-name")+` === "old link" && !document.getElementById("notice").hidden`)
	p.picture("page-locked.png")
	p.write("#notice-address", pageLink(p.Stage))
	p.click("#notice-form button")
	p.until(20*time.Second, text("state-name")+` === "on" && document.getElementById("notice").hidden`)
	if kept := ask[string](p, "location.href + document.title + localStorage.length"); !strings.HasSuffix(kept, "/Stillmic0") {
		p.T.Errorf("something of the link is left: %s", kept)
	}
}

// accessible: axe finds nothing serious in any theme or width, every control is
// reached with the keyboard, and nothing sticks out of a narrow window.
func (p *tab) accessible() {
	p.keyboard()
	script := axeScript(p.T)
	ask[bool](p, script+"; true")
	for _, view := range []struct {
		name, theme, more string
		width             int64
	}{
		{"page-light", "light", "", 1200},
		{"page-dark", "dark", "", 1200},
		{"page-phone", "dark", "", 360},
		{"page-forced-colours", "light", "forced-colors: active", 1200},
		{"page-contrast", "light", "prefers-contrast: more", 1200},
		{"page-double", "light", "", 600}, // 1200 pixels at 200 %
	} {
		p.media(view.theme, "no-preference", view.more)
		p.do(chromedp.EmulateViewport(view.width, 800))
		p.until(patient, "document.getAnimations().length === 0") // colours fade
		p.check(view.name)
		if lines := ask[string](p, `getComputedStyle(document.getElementById("default")).textDecorationLine + " " + getComputedStyle(document.getElementById("record-progress")).borderTopWidth`); view.more != "" && lines != "underline 1px" {
			p.T.Errorf("%s: a link and the bar of progress have the lines %q", view.name, lines)
		}
		p.picture(view.name + ".png")
		if wide := ask[int64](p, "document.documentElement.scrollWidth"); wide > view.width {
			p.T.Errorf("%s: %d pixels wide in a window of %d", view.name, wide, view.width)
		}
	}
	p.theme("light")
	p.do(chromedp.EmulateViewport(1200, 900))
}

// keyboard walks through the page with the tabulator.
func (p *tab) keyboard() {
	want := strings.Fields("mute bypass strength device default replay record preset talk file log")
	reached := map[string]bool{}
	p.until(30*time.Second, `!document.getElementById("record").disabled`) // what is recorded now has ended
	ask[bool](p, `document.querySelector(".skip").focus() === undefined`)
	for range 90 {
		p.do(chromedp.KeyEvent(kb.Tab))
		at := ask[string](p, `document.activeElement.id || document.activeElement.name || document.activeElement.tagName`)
		reached[at] = true
		if at == "mute" && ask[string](p, `getComputedStyle(document.activeElement).outlineStyle`) == "none" {
			p.T.Error("one cannot see where the focus is")
		}
		if at == "log" {
			break
		}
	}
	for _, id := range append(want, "SUMMARY") {
		if !reached[id] {
			p.T.Errorf("the tabulator does not reach %s; it reaches %v", id, reached)
		}
	}
}

// snap makes the picture of the README where STILLMIC_SCREENSHOT says.
func (p *tab) snap() {
	path := os.Getenv("STILLMIC_SCREENSHOT")
	if path == "" {
		return
	}
	p.do(chromedp.EmulateViewport(1000, 850))
	if _, err := chromedp.Call(p.ctx, emulation.SetScrollbarsHidden, emulation.SetScrollbarsHiddenParams{Hidden: true}); err != nil {
		p.T.Fatal(err)
	}
	time.Sleep(12 * time.Second) // a whole width of the spectrogram
	ask[bool](p, `(document.activeElement.blur(), scrollTo(0, 0), true)`)
	// Between words, where the difference shows.
	const pause = `((before, after) => before - after > 12)(...["before", "after"].map((side) =>
		parseFloat(document.getElementById("level-" + side).textContent.replace("\u2212", "-"))))`
	var shot []byte
	var err error
	for tries := 0; tries == 0 || tries < 50 && !ask[bool](p, pause); tries++ {
		p.until(patient, pause)
		if shot, err = chromedp.Run(p.ctx, chromedp.CaptureScreenshot()); err != nil {
			p.T.Fatal(err)
		}
	}
	small, err := fewColours(shot)
	if err == nil {
		err = os.WriteFile(path, small, 0o644)
	}
	if err != nil {
		p.T.Fatal(err)
	}
	p.T.Logf("%s: %d bytes", path, len(small))
	p.do(chromedp.EmulateViewport(1200, 900))
}
