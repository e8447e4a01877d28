//go:build linux

package page

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/stillmic/stillmic/daemon/messages"
)

// languages: the page speaks that of the browser, all of it, and fits.
func (p *tab) languages() {
	script := axeScript(p.T)
	for _, name := range messages.Languages[1:] {
		c, err := messages.Load(name)
		if err != nil {
			p.T.Fatal(err)
		}
		p.speak(name)
		begin := time.Now()
		p.do(chromedp.Navigate("about:blank"), chromedp.Navigate(pageLink(p.Stage))) // another fragment alone loads nothing
		p.until(patient, fmt.Sprintf("%s === %q", text("state-name"), c.Text("state.on")))
		if took := time.Since(begin); took > patient {
			p.T.Errorf("%s: %v until it is open: pages that were left hold the browser's connections", name, took)
		}
		if got := ask[string](p, "document.documentElement.lang + document.querySelector('#mute').textContent"); got != name+c.Text("mute") {
			p.T.Errorf("%s: %s", name, got)
		}
		p.until(patient, fmt.Sprintf(`[...document.getElementById("file-preset").options].some((o) => o.text === %q) && %s === %q`,
			c.Text("preset.podcast"), text("file-state"), c.Text("files.kinds")))
		p.saysIn(c)
		p.logs(c)
		ask[bool](p, `(document.querySelectorAll("details").forEach((d) => (d.open = true)), true)`)
		ask[bool](p, script+"; true")
		p.check("page-" + name)
		p.do(chromedp.EmulateViewport(360, 800))
		p.saysFitting(c)
		if wide := ask[int64](p, "document.documentElement.scrollWidth"); wide > 360 {
			p.T.Errorf("%s: %d pixels wide in a window of 360", name, wide)
		}
		p.check("page-" + name + " at 360 pixels")
		p.picture("page-" + name + "-360.png")
		p.do(chromedp.EmulateViewport(1200, 900))
		p.picture("page-" + name + ".png")
	}
	p.speak("en")
	p.do(chromedp.Navigate("about:blank"), chromedp.Navigate(pageLink(p.Stage)))
	p.until(patient, text("state-name")+` === "on"`)
}

// saysIn: the page says in a language what the daemon says in English, as Go does, and so a file is
// refused.
func (p *tab) saysIn(c messages.Catalog) {
	p.T.Helper()
	said := sayings(p.T)
	got := ask[[]string](p, `import("/assets/messages.js").then((m) => `+string(quoted(p.T, said))+`.map(m.said))`)
	for i, english := range said {
		if want := c.Said(english); got[i] != want || want == english {
			p.T.Errorf("the page says %q of %q, want %q", got[i], english, want)
		}
	}
	broken := filepath.Join(p.T.TempDir(), "broken.wav")
	if err := os.WriteFile(broken, []byte("this is no recording at all"), 0o600); err != nil {
		p.T.Fatal(err)
	}
	p.expectFailures(true) // the browser's console shows the refusal
	p.do(chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{broken}))
	p.until(patient, text("file-state")+fmt.Sprintf(" === %q", c.Text("files.failed", "n", "1")))
	p.expectFailures(false)
	want := c.Said("it is not a recording: this is a text file")
	if row := ask[string](p, row(0)+".textContent"); !strings.Contains(strings.ToLower(row), strings.ToLower(want)) {
		p.T.Errorf("of a broken file the page says %q, want %q in it", row, want)
	}
}

// logs: the daemon's events are told in the language, but for names of devices.
func (p *tab) logs(c messages.Catalog) {
	p.T.Helper()
	for _, now := range []string{"log.on", "log.off"} {
		p.click("#mute")
		p.until(patient, fmt.Sprintf(`document.querySelector("#log li > span").textContent === %q`, c.Text("log.mute")+": "+c.Text(now)))
	}
	p.until(patient, fmt.Sprintf("%s === %q", text("state-name"), c.Text("state.on")))
	// Sentences and details may have parentheses of their own.
	listed, none := `no such device: "X (Y)" (stillmic devices lists what there is)`,
		"no such device: the sound server has no microphone; plug one in, or choose a device by name"
	for line, want := range map[string]string{
		"waiting for device: " + listed + " (source usb)":         c.Text("log.waiting-device") + ": " + c.Said(listed) + " (source usb)",
		"waiting for device: " + listed:                           c.Text("log.waiting-device") + ": " + c.Said(listed),
		"waiting for device: " + none + " (source usb (A), idle)": c.Text("log.waiting-device") + ": " + c.Said(none) + " (source usb (A), idle)",
		"running (source usb)":                                    c.Text("log.running") + " (source usb)",
		"running: removing noise (source usb)":                    c.Text("log.running") + ": " + c.Said("removing noise") + " (source usb)",
		"loudspeakers: A: B":                                      c.Text("log.loudspeakers") + ": A: B",
		"A: B (C D)":                                              "A: B (C D)",
	} {
		if got := ask[string](p, fmt.Sprintf(`import("/assets/messages.js").then((m) => m.logged(%q))`, line)); got != want {
			p.T.Errorf("of %q the page says %q, want %q", line, got, want)
		}
	}
}

// saysFitting: the longest of it fits into a narrow window, wherever it is shown.
func (p *tab) saysFitting(c messages.Catalog) {
	p.T.Helper()
	longest := ""
	for _, english := range sayings(p.T) {
		if text := c.Said(english); len(text) > len(longest) {
			longest = text
		}
	}
	wide := ask[int64](p, fmt.Sprintf(`(() => {
		const shown = ["reason", "mistake-text", "toast", "record-state"].map((id) => document.getElementById(id));
		shown.push(%s.querySelector("p"));
		const before = shown.map((e) => e.textContent);
		document.getElementById("mistake").hidden = false;
		for (const e of shown) e.textContent = %q;
		const wide = document.documentElement.scrollWidth;
		shown.forEach((e, i) => (e.textContent = before[i]));
		document.getElementById("mistake").hidden = true;
		return wide;
	})()`, row(0), longest))
	if wide > 360 {
		p.T.Errorf("%q makes the page %d pixels wide in a window of 360", longest, wide)
	}
}

// sayings are what the daemon may say, with something put in for each {name}.
func sayings(t *testing.T) (list []string) {
	t.Helper()
	en, err := messages.Load("en")
	if err != nil {
		t.Fatal(err)
	}
	name := regexp.MustCompile(`\{\w+\}`)
	for key, text := range en {
		if strings.HasPrefix(key, "said.") {
			list = append(list, name.ReplaceAllString(text, "alsa_input.usb-0001"))
		}
	}
	slices.Sort(list)
	return list
}

// quoted writes a value as JavaScript has it.
func quoted(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// speak sets the language of the browser.
func (p *tab) speak(language string) {
	p.T.Helper()
	agent := ask[string](p, "navigator.userAgent")
	_, err := chromedp.Call(p.ctx, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{
		UserAgent: agent, AcceptLanguage: strings.Join([]string{language, "en"}, ",")})
	if err != nil {
		p.T.Fatalf("browser: %v", err)
	}
}
