//go:build linux

package page

import (
	"context"
	"fmt"
	"net/http"
	"os/exec"
	"time"

	cdpage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/stillmic/stillmic/audioio/pulse"
	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/daemon/control"
)

// hidden is the expression for an element that is not shown.
func hidden(id string) string { return fmt.Sprintf("document.getElementById(%q).hidden", id) }

// recorded has a program record a source until end is called.
func (p *tab) recorded(source string) (end func()) {
	ctx, stop := context.WithCancel(p.T.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = p.Call(ctx, func([]float32, time.Time) {}, source) // it ends with the context
	}()
	return func() { stop(); <-done }
}

// firstRun: the welcome shows until the person is done, checks that a program uses the microphone,
// by its name, and comes again when it is asked for.
func (p *tab) firstRun() {
	p.until(patient, "!"+hidden("welcome")+" && "+text("welcome-check")+`.startsWith("No app uses")`)
	for _, app := range []string{"Zoom", "Teams", "Meet", "Discord", "OBS"} {
		if !ask[bool](p, text("welcome")+fmt.Sprintf(".includes(%q)", app)) {
			p.T.Errorf("no steps for %s", app)
		}
	}
	end := p.recorded(pulse.MicName)
	p.awaits("used", func(st control.Status) bool { return len(st.Apps) == 1 })
	st, err := p.Status()
	if err != nil {
		p.T.Fatal(err)
	}
	p.until(patient, text("welcome-check")+fmt.Sprintf(" === %q", "It works: Stillmic Microphone is used by "+st.Apps[0]+"."))
	p.until(patient, text("reason")+fmt.Sprintf(".includes(%q)", "used by "+st.Apps[0]))
	end()
	p.until(patient, text("welcome-check")+`.startsWith("No app uses")`)
	p.click("#welcome-done")
	p.until(patient, hidden("welcome")+` && document.activeElement.id === "strength"`)
	p.click("#welcome-again")
	p.until(patient, "!"+hidden("welcome"))
	p.click("#welcome-done")
	p.until(patient, hidden("welcome"))
}

// pastUs: programs that record the real microphone are named, and each is put back by its own button.
func (p *tab) pastUs() {
	end := p.recorded(soundserver.FakeMic)
	defer end()
	p.until(patient, "!"+hidden("direct")+" && "+text("direct")+`.startsWith("Your microphone is used directly by ")`)
	other := p.recordedByOther(soundserver.FakeMic)
	defer other()
	p.until(patient, `document.querySelectorAll("#direct li").length === 2`)
	ask[bool](p, fmt.Sprintf(`[...document.querySelectorAll("#direct button")].find((b) => !b.ariaLabel.includes(%q)).click() ?? true`, otherApp))
	p.awaits("put back, and the other not", func(st control.Status) bool {
		return len(st.RawApps) == 1 && st.RawApps[0] == otherApp && len(st.Apps) == 1
	})
	p.until(patient, `document.querySelectorAll("#direct li").length === 1 && document.activeElement.id === "main"`)
	p.click("#direct button")
	p.awaits("both put back", func(st control.Status) bool { return len(st.RawApps) == 0 && len(st.Apps) == 2 })
	p.until(patient, hidden("direct"))
}

// otherApp is a program of another name than the tests' own.
const otherApp = "Other call"

// recordedByOther has it record a source until end is called.
func (p *tab) recordedByOther(source string) (end func()) {
	p.T.Helper()
	cmd := exec.CommandContext(p.T.Context(), "parecord", "--client-name="+otherApp, "--device="+source, "--raw", "/dev/null")
	cmd.Env = p.Env()
	if err := cmd.Start(); err != nil {
		p.T.Fatal(err)
	}
	return func() {
		_ = cmd.Process.Kill() // it has ended with the server, if at all
		_ = cmd.Wait()
	}
}

// lastSeconds: what was said last is replayed from memory, and forgotten when nobody looks.
func (p *tab) lastSeconds() {
	p.click("#replay")
	p.until(patient, `!document.getElementById("player").disabled && `+text("play")+` === "Pause"`)
	if n := ask[float64](p, `Number(document.getElementById("seek").max)`); n < 5 || n > 10.1 {
		p.T.Errorf("%.2f s are replayed, want the last 10", n)
	}
	p.click("#play")
	p.until(patient, text("play")+` === "Play"`)
	p.do(chromedp.Navigate("about:blank"))
	for begin := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		resp, err := p.Client().Get("http://stillmic/v1/replay.wav")
		if err != nil {
			p.T.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode == http.StatusNotFound {
			break
		}
		if time.Since(begin) > patient {
			p.T.Fatalf("with the page closed the last seconds are kept: %s", resp.Status)
		}
	}
	p.presetsLater()
	p.click("#details > summary")
}

// presetsLater opens the page, which gets no texts and no presets at first: it asks again.
func (p *tab) presetsLater() {
	p.T.Helper()
	script, err := chromedp.Call(p.ctx, cdpage.AddScriptToEvaluateOnNewDocument, cdpage.AddScriptToEvaluateOnNewDocumentParams{Source: `
		const usual = fetch;
		let texts = 0;
		window.fetch = (path, ...more) => path.startsWith("/messages/") && texts++ < 1 || path.startsWith("/v1/presets") && !window.ready ?
			Promise.reject(new TypeError("no answer")) : usual(path, ...more);`})
	if err != nil {
		p.T.Fatalf("browser: %v", err)
	}
	p.do(chromedp.Navigate(pageLink(p.Stage)))
	p.until(patient, text("state-name")+` === "on"`)
	time.Sleep(1500 * time.Millisecond) // the page has asked
	if n := ask[int](p, `document.querySelectorAll("#file-preset option, #preset option").length`); n > 2 {
		p.T.Errorf("%d presets are listed, though none could be had", n)
	}
	ask[bool](p, "window.ready = true")
	p.until(patient, `["file-preset", "preset"].every((id) => document.getElementById(id).options.length > 3)`)
	remove := cdpage.RemoveScriptToEvaluateOnNewDocumentParams(script)
	if _, err := chromedp.Call(p.ctx, cdpage.RemoveScriptToEvaluateOnNewDocument, remove); err != nil {
		p.T.Fatalf("browser: %v", err)
	}
}
