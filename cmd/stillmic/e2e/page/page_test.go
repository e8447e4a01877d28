//go:build linux

package page

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/cmd/stillmic/e2e/stage"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/priority"
	"github.com/stillmic/stillmic/daemon/synth"
)

// patient is how long something may take on a busy machine where the time is
// not what is tested.
const patient = 20 * time.Second

// stuck is when the browser is given up on: what waits for an element that never comes has no end.
const stuck = 2 * time.Minute

// The page in a real browser, with the running daemon on a real sound server:
// one of each for all steps, which build on another.
func TestPage(t *testing.T) {
	s := &stage.Stage{Server: soundserver.StartPulseAudio(t), T: t}
	priority.Raise()
	t.Cleanup(func() { stage.Calm(t) })
	if err := s.AddMic("desk_mic", 48000, 1); err != nil {
		t.Fatal(err)
	}
	const length = 8 * audioio.SampleRate
	s.PlayMic(synth.Mix(synth.Voice(length, 1), synth.Fan(length, 0.02, 2), 12))
	config := pageConfig(s)
	s.StartDaemon()
	s.Await(20*time.Second, "resting", func(st control.Status) bool { return st.State == control.Suspended })
	stage.Calm(t)

	p := openTab(t, s)
	p.slow(8)
	// A link is good for 30 s: the browser runs, but a busy machine may take longer over a slow page.
	p.expectFailures(true)
	stage.UntilClean(t, func() string {
		p.do(chromedp.Navigate("about:blank"), chromedp.Navigate(pageLink(s)))
		p.until(2*time.Minute, text("state-name")+` !== "connecting"`)
		if ask[bool](p, text("state-name")+` === "old link"`) {
			return "the link was too old when the page had it"
		}
		return ""
	})
	p.expectFailures(false)
	for _, step := range []struct {
		name string
		test func()
	}{
		{"opens", p.opens},
		{"sound", p.sound},
		{"spoken", p.spoken},
		{"first run", p.firstRun},
		{"past us", p.pastUs},
		{"last seconds", p.lastSeconds},
		{"record", p.record},
		{"files", p.files},
		{"accessible", p.accessible},
		{"replay", p.replay},
		{"broken recording", p.brokenRecording},
		{"controls", p.controls},
		{"voice", p.voice},
		{"devices", p.devices},
		{"talk", p.talk},
		{"at once", p.atOnce},
		{"outage", p.outage},
		{"languages", p.languages},
		{"restart and links", func() {
			p.restart(config) // this daemon ends with the step
			p.links()
		}},
	} {
		begin := time.Now()
		if !t.Run(step.name, func(t *testing.T) {
			p.T = t
			step.test()
		}) {
			break // the next one would not find what it needs
		}
		t.Logf("%s: %.1f s", step.name, time.Since(begin).Seconds())
	}
	p.T = t
	for _, c := range p.complaints() {
		t.Errorf("the browser complains: %s", c)
	}
}

// pageConfig writes the user's own configuration, with which the microphone rests soon.
func pageConfig(s *stage.Stage) (path string) {
	s.T.Helper()
	path = filepath.Join(s.RuntimeDir, "config", "stillmic", "stillmic.toml") // XDG_CONFIG_HOME of the stage
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		s.T.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("[idle]\nafter_s = 0.5\n"), 0o600); err != nil {
		s.T.Fatal(err)
	}
	return path
}

// pageLink runs "stillmic page" and returns what it has the browser open. What stands for
// xdg-open notes that.
func pageLink(s *stage.Stage) string {
	s.T.Helper()
	exe, err := stage.Program()
	if err != nil {
		s.T.Fatal(err)
	}
	dir := s.T.TempDir()
	opener := "#!/bin/sh\nprintf %s \"$1\" >" + dir + "/link\n"
	if err := os.WriteFile(filepath.Join(dir, "xdg-open"), []byte(opener), 0o700); err != nil {
		s.T.Fatal(err)
	}
	cmd := exec.CommandContext(s.T.Context(), exe, "page")
	cmd.Env = append(s.Env(), "PATH="+dir+":"+os.Getenv("PATH"))
	if out, err := cmd.CombinedOutput(); err != nil || strings.Contains(string(out), "once=") {
		s.T.Fatalf("stillmic page: %v: %s", err, out)
	}
	link, err := os.ReadFile(filepath.Join(dir, "link"))
	if err != nil {
		s.T.Fatal(err)
	}
	// No file: browsers from snaps and Flatpaks cannot read one.
	if !strings.HasPrefix(string(link), "http://127.0.0.1:") || !strings.Contains(string(link), "/#once=") {
		s.T.Fatalf("stillmic page has the browser open %q", link)
	}
	return string(link)
}

// opens: the page connects, wakes the microphone, hides the token, and nothing
// of it jumps about while its scripts and its figures come in.
func (p *tab) opens() {
	defer p.slow(1)
	p.until(patient, text("state-name")+` === "on"`)
	p.until(patient, text("latency")+`.endsWith(" ms") && `+text("level-before")+`.endsWith(" dB")`)
	if at := ask[string](p, "location.href"); strings.Contains(at, "#") {
		p.T.Errorf("the code is left in the address %s", at)
	}
	policy := ask[string](p, `fetch("/").then((a) => a.headers.get("Content-Security-Policy"))`)
	if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		p.T.Errorf("Content-Security-Policy: %s", policy)
	}
	p.click("#details > summary")
	p.until(patient, text("frame-text")+`.includes("99 %") && document.querySelectorAll("#latency-chart span").length >= 12`)
	p.until(patient, `document.querySelectorAll("#log li").length >= 3`)
	shifts := ask[[]layoutShift](p, `new Promise((done) => {
		const all = [];
		new PerformanceObserver((list) => {
			for (const e of list.getEntries()) if (!e.hadRecentInput) all.push({value: e.value, moved: e.sources.map((s) =>
				(s.node?.id || s.node?.className || s.node?.nodeName) + " " + s.previousRect.top + " to " + s.currentRect.top + ", height " + s.previousRect.height + " to " + s.currentRect.height)});
		}).observe({type: "layout-shift", buffered: true});
		setTimeout(() => done(all), 300);
	})`)
	sum := 0.0
	for _, s := range shifts {
		sum += s.Value
		p.T.Logf("layout shift %.4f: %q", s.Value, s.Moved)
	}
	// 0.1 is what Web Vitals call good.
	if sum > 0.05 {
		p.T.Errorf("the page jumps about: layout shift %.3f", sum)
	}
}

// layoutShift is one jump of the page: its score by Layout Instability, and
// what moved.
type layoutShift struct {
	Value float64
	Moved []string
}
