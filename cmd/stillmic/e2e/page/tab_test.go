//go:build linux

package page

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	devlog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/stillmic/stillmic/cmd/stillmic/e2e/stage"
	"github.com/stillmic/stillmic/daemon/control"
)

// tab is the page of stillmic in a browser.
type tab struct {
	*stage.Stage
	ctx       context.Context
	artifacts string

	mu       sync.Mutex
	quiet    bool     // requests fail on purpose
	problems []string // what the browser complained about
}

// openTab opens a tab with an empty page and notes every complaint of the browser from then on.
func openTab(t *testing.T, s *stage.Stage) *tab {
	t.Helper()
	ctx, cancel := stage.OpenBrowser(t, s)
	t.Cleanup(cancel)
	p := &tab{Stage: s, ctx: ctx, artifacts: t.ArtifactDir()}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1200, 900)); err != nil { // the browser lives as long as this ctx
		t.Fatalf("browser: %v", err)
	}
	p.theme("light")
	if err := chromedp.Listen(ctx, p.note); err != nil {
		t.Fatalf("browser: %v", err)
	}
	for _, enable := range []cdp.Command[cdp.Empty, cdp.Empty]{devlog.Enable, runtime.Enable} {
		if _, err := chromedp.Call(ctx, enable, cdp.Empty{}); err != nil {
			t.Fatalf("browser: %v", err)
		}
	}
	return p
}

// slow makes the page so many times slower: what it looks like before all of it
// is there shows on a slow machine only.
func (p *tab) slow(times float64) {
	p.T.Helper()
	rate := emulation.SetCPUThrottlingRateParams{Rate: times}
	if _, err := chromedp.Call(p.ctx, emulation.SetCPUThrottlingRate, rate); err != nil {
		p.T.Fatalf("browser: %v", err)
	}
}

// note takes the browser's events: errors, warnings and exceptions.
func (p *tab) note(ev any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch ev := ev.(type) {
	case *runtime.EventExceptionThrown:
		p.problems = append(p.problems, fmt.Sprintf("exception: %s %+v", ev.ExceptionDetails.Text, ev.ExceptionDetails.Exception))
	case *runtime.EventConsoleAPICalled:
		if ev.Type == runtime.ConsoleAPICalledTypeError || ev.Type == runtime.ConsoleAPICalledTypeWarning {
			p.problems = append(p.problems, fmt.Sprintf("console: %+v", ev.Args))
		}
	case *devlog.EventEntryAdded:
		if p.quiet && ev.Entry.Source == devlog.EntrySourceNetwork {
			return
		}
		if ev.Entry.Level == devlog.EntryLevelError || ev.Entry.Level == devlog.EntryLevelWarning {
			p.problems = append(p.problems, fmt.Sprintf("%s: %s %s", ev.Entry.Source, ev.Entry.Text, ev.Entry.URL))
		}
	}
}

// expectFailures has failed requests not count as problems, or count again.
func (p *tab) expectFailures(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.quiet = on
}

// complaints returns what the browser complained about so far.
func (p *tab) complaints() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.problems)
}

func (p *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	p.T.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, stuck)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.T.Fatalf("browser: %v", err)
	}
}

// ask evaluates an expression in the page.
func ask[T any](p *tab, expression string) T {
	p.T.Helper()
	v, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.T.Fatalf("browser: %s: %v", expression, err)
	}
	return v
}

// until waits until an expression is true and returns how long that took.
func (p *tab) until(most time.Duration, expression string) time.Duration {
	p.T.Helper()
	begin := time.Now()
	for !ask[bool](p, "Boolean("+expression+")") {
		if time.Since(begin) > most {
			p.picture("failed.png")
			p.T.Fatalf("after %v not yet: %s; the page says %q, %q", most, expression,
				ask[string](p, text("headline")), ask[string](p, text("toast")))
		}
		time.Sleep(5 * time.Millisecond)
	}
	return time.Since(begin)
}

// text is the expression for the text of an element.
func text(id string) string { return fmt.Sprintf("document.getElementById(%q).textContent", id) }

func (p *tab) click(selector string) {
	p.T.Helper()
	p.do(chromedp.Click(chromedp.CSS(selector)))
}

// key focuses an element and presses keys.
func (p *tab) key(selector, keys string) {
	p.T.Helper()
	p.do(chromedp.Focus(chromedp.CSS(selector)), chromedp.KeyEvent(keys))
}

// write replaces the text of an input and leaves it.
func (p *tab) write(selector, value string) {
	p.T.Helper()
	p.do(chromedp.Focus(chromedp.CSS(selector)))
	ask[bool](p, fmt.Sprintf("document.querySelector(%q).select() === undefined", selector))
	p.do(chromedp.KeyEvent(value + kb.Tab))
}

// choose picks an option by typing its beginning, as one does with the keyboard. Where keys come so
// late that the browser takes them for several beginnings, it types again.
func (p *tab) choose(selector, beginning string) {
	p.T.Helper()
	ask[bool](p, fmt.Sprintf(`(() => {
		const select = document.querySelector(%q), note = () => chosen.push(select.selectedOptions[0]?.text ?? "");
		window.chosen = [];
		note();
		select.addEventListener("input", note);
		return true;
	})()`, selector))
	for range 5 {
		p.do(chromedp.SendKeys(chromedp.CSS(selector), beginning))
		if ask[bool](p, fmt.Sprintf("chosen.some((text) => text.toLowerCase().startsWith(%q.toLowerCase()))", beginning)) {
			return
		}
		time.Sleep(2 * time.Second) // then a beginning is another
	}
	p.T.Fatalf("%s has no %q: %q", selector, beginning, ask[[]string](p, "chosen"))
}

// theme shows the page in "light" or "dark", with motion. A browser without a
// desktop may ask for less of it.
func (p *tab) theme(name string) { p.T.Helper(); p.media(name, "no-preference", "") }

// media sets what the person prefers; more is another feature of media, "name: value", or empty.
func (p *tab) media(theme, motion, more string) {
	p.T.Helper()
	features := []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}, {Name: "prefers-reduced-motion", Value: motion}}
	if name, value, there := strings.Cut(more, ": "); there {
		features = append(features, &emulation.MediaFeature{Name: name, Value: value})
	}
	_, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: features})
	if err != nil {
		p.T.Fatalf("browser: %v", err)
	}
}

// picture keeps a picture of the whole page beside the test's results.
func (p *tab) picture(name string) []byte {
	p.T.Helper()
	png, err := chromedp.Run(p.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		p.T.Fatalf("browser: %v", err)
	}
	path := filepath.Join(p.artifacts, name)
	if err := os.WriteFile(path, png, 0o600); err != nil {
		p.T.Fatal(err)
	}
	p.T.Logf("picture: %s", path)
	return png
}

// get reads JSON from the control API.
func (p *tab) get(path string, into any) error {
	resp, err := p.Client().Get("http://stillmic" + path)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return json.NewDecoder(resp.Body).Decode(into)
}

// awaits waits until the daemon follows the page.
func (p *tab) awaits(what string, ok func(control.Status) bool) {
	p.T.Helper()
	for begin := time.Now(); time.Since(begin) < patient; time.Sleep(5 * time.Millisecond) {
		if st, err := p.Status(); err == nil && ok(st) {
			return
		}
	}
	p.picture("failed.png")
	st, err := p.Status()
	p.T.Fatalf("after %v not %s; the page says %q, %q; the daemon %+v, %v", patient, what,
		ask[string](p, text("headline")), ask[string](p, text("toast")), st, err)
}
