//go:build linux

package page

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/cmd/stillmic/e2e/stage"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/synth"
)

// followsThePrint: what another program makes of the print is shown, although one question for it gets no answer, and
// another's answer comes after a later one's.
func (p *tab) followsThePrint(path string) {
	p.T.Helper()
	one, err := os.ReadFile(path)
	if err != nil {
		p.T.Fatal(err)
	}
	enrolled := func(times string) { // as "stillmic voiceprint enroll" elsewhere
		now := bytes.Replace(one, []byte(`"times":1`), []byte(`"times":`+times), 1)
		if err := os.WriteFile(path, now, 0o600); err != nil {
			p.T.Fatal(err)
		}
	}
	shown := func(times string) string { return text("enrol-state") + `.includes("enrolments: ` + times + `")` }
	ask[bool](p, `{ const send = window.fetch; window.next = "lost"; window.fetch = async (path, o) => {
		const how = path === "/v1/voiceprint" ? window.next : "";
		if (how) window.next = "";
		if (how === "lost") throw new TypeError("no answer");
		const answer = await send(path, o);
		if (how === "late") await new Promise((go) => { window.go = go; });
		return answer; } }; true`)
	enrolled("7")
	p.until(patient, shown("7")+` && window.next === ""`)
	ask[bool](p, `window.next = "late"; true`)
	enrolled("8")
	p.until(patient, `Boolean(window.go)`)
	enrolled("9")
	p.until(patient, shown("9"))
	if !ask[bool](p, `window.go(); new Promise((then) => setTimeout(() => then(`+shown("9")+`), 500))`) {
		p.T.Error("an older answer takes the place of a newer one")
	}
}

// TestEnrolOnPage: a voice is enrolled on the page, which shows how it goes, waits while the
// microphone is muted, keeps nothing when it is stopped or left, and deletes the print.
func TestEnrolOnPage(t *testing.T) {
	x, err := synth.Speech(t.Context(), "en-us", 0.2, synth.Sentences...)
	if err != nil {
		t.Skip("SKIPPED: espeak-ng is not installed, no voice is enrolled:", err)
	}
	s := &stage.Stage{Server: soundserver.StartPulseAudio(t), T: t}
	s.PlayMic(x)
	address, token := s.RunWithPage()
	link := "http://" + address + "/#token=" + token
	p := openTab(t, s)
	p.do(chromedp.Navigate(link))
	p.until(2*time.Minute, text("state-name")+` === "on" && `+text("enrol-state")+` === "No voice is enrolled."`)
	path := filepath.Join(s.RuntimeDir, ".local", "share", "stillmic", "voiceprint.json")
	nothing := func(when string) {
		t.Helper()
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s, there is a print", when)
		}
	}
	heard := func(seconds string) string { return `document.getElementById("enrol-progress").value > ` + seconds }

	p.click("#enrol-start")
	p.until(time.Minute, heard("2")+` && `+text("enrol-text")+`.includes("George") && document.activeElement.id === "enrol-stop"`)
	p.expectFailures(true) // a second one is refused, and streams are cut
	if got := ask[int](p, `import("/assets/api.js").then((a) => a.post("/v1/voiceprint", {})).then(() => 200, (e) => e.status)`); got != 409 {
		t.Errorf("a second enrolment is answered by %d", got)
	}
	p.click("#enrol-stop")
	p.until(patient, text("enrol-result")+` === "Stopped. Nothing was kept."`)
	nothing("stopped")

	p.click("#enrol-start")
	p.until(time.Minute, heard("1"))
	p.do(chromedp.Navigate("about:blank"))
	p.do(chromedp.Navigate(link))
	p.until(2*time.Minute, text("state-name")+` === "on"`)
	nothing("left")
	p.expectFailures(false)

	p.click("#mute")
	p.awaits("muted", func(st control.Status) bool { return st.Silent })
	p.click("#enrol-start")
	p.until(patient, text("enrol-hint")+`.includes("muted") && `+text("enrol-told")+`.includes("muted")`)
	p.click("#mute")
	p.until(2*time.Minute, heard("6")+` && `+text("enrol-told")+` === ""`)
	script := axeScript(t)
	ask[bool](p, script+"; true")
	p.check("while a voice is enrolled")
	p.picture("enrol.png")
	p.do(chromedp.EmulateViewport(360, 800))
	p.check("while a voice is enrolled, at 360 pixels")
	if wide := ask[int64](p, "document.documentElement.scrollWidth"); wide > 360 {
		t.Errorf("%d pixels wide in a window of 360", wide)
	}
	if over := ask[float64](p, `Math.max(...[...document.querySelectorAll(".enrol *")].map((e) => e.getBoundingClientRect().right)) -
		document.querySelector(".enrol").getBoundingClientRect().right`); over > 0 {
		t.Errorf("something is %.0f pixels wider than its card", over)
	}
	p.picture("enrol-360.png")
	p.do(chromedp.EmulateViewport(1200, 900))
	p.until(2*time.Minute, text("enrol-result")+`.startsWith("Done. ") && `+text("enrol-state")+`.startsWith("Enrolled on ")`)
	st, err := os.Stat(path)
	if err != nil || st.Mode().Perm() != 0o600 {
		t.Fatalf("the print: %v, %v", st, err)
	}
	p.awaits("a print", func(st control.Status) bool { return st.Focus.Print })
	p.until(patient, text("enrol-focus-link")+`.includes("yours alone") && !document.getElementById("enrol-focus").hidden`)
	p.check("with a print")
	p.picture("enrolled.png")
	p.followsThePrint(path)

	p.click("#enrol-delete")
	p.until(patient, `document.activeElement.id === "enrol-keep"`)
	p.check("asked whether to delete")
	p.click("#enrol-keep")
	p.click("#enrol-delete")
	p.click("#enrol-sure")
	p.until(patient, text("enrol-result")+` === "The print is deleted." && `+text("enrol-state")+` === "No voice is enrolled."`)
	nothing("deleted")
	p.awaits("no print", func(st control.Status) bool { return !st.Focus.Print })
	for _, c := range p.complaints() {
		t.Errorf("the browser complains: %s", c)
	}
}
