//go:build linux

package page

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/recording"
	"github.com/stillmic/stillmic/daemon/measure"
	"github.com/stillmic/stillmic/daemon/synth"
)

// row is the n-th file of the list, as an expression.
func row(n int) string { return fmt.Sprintf("document.querySelectorAll('#files > li')[%d]", n) }

// files: three files at once, one of them broken, come back finished by a preset in their
// own formats; they are heard before and after, saved one by one and all as a zip.
func (p *tab) files() {
	dir := p.T.TempDir()
	paths := []string{filepath.Join(dir, "ep one.m4a"), filepath.Join(dir, "broken.wav"), filepath.Join(dir, "noisy.wav")}
	const seconds = 4
	// A voice that the network takes for one: else no loudness is aimed for.
	voice, err := synth.Speech(p.T.Context(), "en-us", 0.2, synth.Sentences...)
	if err != nil {
		p.T.Fatal(err)
	}
	samples := synth.Mix(voice[:seconds*audioio.SampleRate], synth.Fan(seconds*audioio.SampleRate, 0.02, 4), 10)
	if err := writeWAV(paths[2], samples); err != nil {
		p.T.Fatal(err)
	}
	if out, err := exec.Command("ffmpeg", "-v", "error", "-i", paths[2], "-metadata", "title=Episode", paths[0]).CombinedOutput(); err != nil {
		p.T.Fatalf("ffmpeg: %v: %s", err, out)
	}
	if err := os.WriteFile(paths[1], []byte("this is no recording at all"), 0o600); err != nil {
		p.T.Fatal(err)
	}
	p.until(patient, `document.querySelectorAll("#file-preset option").length > 3`)
	p.choose("#file-preset", "For pod")
	p.choose("#file-loudness", "-19")
	p.until(patient, text("file-preset-help")+`.startsWith("One voice")`)
	p.expectFailures(true) // the browser's console shows the refusal
	p.listen()             // the recording counts on, too
	p.do(chromedp.SetUploadFiles(chromedp.CSS("#file"), paths))
	p.until(8*time.Minute, text("file-state")+` === "2 done, 1 could not be cleaned"`)
	p.expectFailures(false)
	p.saysLittle("of three files", "file", 1)
	states := ask[[]string](p, `[...document.querySelectorAll("#files > li")].map((r) => r.dataset.state)`)
	if want := []string{"done", "failed", "done"}; !slices.Equal(states, want) {
		p.T.Errorf("the files are %q, want %q", states, want)
	}
	// The broken one says what is wrong with it, and offers nothing.
	broken := ask[string](p, row(1)+".textContent")
	if links := ask[float64](p, row(1)+`.querySelectorAll("a, audio, details, img").length`); links != 0 {
		p.T.Errorf("the broken file offers %v results: %q", links, broken)
	}
	p.T.Logf("broken: %q", broken)
	saved := map[string]string{}
	for n, name := range map[int]string{0: "ep one-clean.m4a", 2: "noisy-clean.wav"} {
		saved[name] = p.result(n, name, seconds)
	}
	if said := ask[string](p, row(0)+`.querySelector("dl").textContent`); !strings.Contains(said, " kB") {
		p.T.Errorf("a file of some kB: %q", said)
	}
	if same := ask[bool](p, `getComputedStyle(`+row(0)+`.querySelector("a.button")).color === getComputedStyle(document.body).color`); !same {
		p.T.Error("what saves a file has the colour of a link on paper, not that of a button")
	}
	p.hear(0)
	p.archive(saved)
	p.click("#files > li:nth-child(2) .link")
	p.until(patient, `document.querySelectorAll("#files > li").length === 2 && `+text("file-state")+` === "2 done"`)
}

// result checks what the n-th file offers to save: its name and format, the loudness that
// was asked for, and what is said of it.
func (p *tab) result(n int, name string, seconds float64) (path string) {
	p.T.Helper()
	said := ask[string](p, row(n)+`.querySelector("dl").textContent`)
	p.T.Logf("%s: %s", name, said)
	path = p.save(fmt.Sprintf("#files > li:nth-child(%d) a[download]", n+1), name)
	r, err := recording.Open(path)
	if err != nil {
		p.T.Fatal(err)
	}
	defer r.Close()
	m, err := measure.NewMeter(r.Format())
	if err != nil {
		p.T.Fatal(err)
	}
	frames := 0
	for buffer := make([]float32, 4800); ; {
		n, err := r.Read(buffer)
		if n == 0 {
			if err != nil && err != io.EOF {
				p.T.Error(err)
			}
			break
		}
		m.Write(buffer[:n])
		frames += n
	}
	loudness, _ := m.Finish()
	if math.Abs(float64(loudness)+19) > 0.3 || math.Abs(float64(frames)/audioio.SampleRate-seconds) > 0.03 {
		p.T.Errorf("%s: %v LUFS, %d frames; want -19 LUFS, %v s", name, loudness, frames, seconds)
	}
	return path
}

// hear opens what the n-th file offers to hear and see, plays it, and changes the side.
func (p *tab) hear(n int) {
	p.T.Helper()
	ask[bool](p, `(() => {
		const Usual = Audio;
		window.heard = [];
		window.Audio = class extends Usual { constructor(url) { super(url); heard.push(this); } };
		`+row(n)+`.querySelector("summary").click();
		return true;
	})()`)
	p.until(patient, `heard.length === 2 && heard.every((a) => Math.abs(a.duration - 4) < 0.1)`)
	p.until(patient, row(n)+`.querySelector("img").naturalWidth > 300`)
	ask[bool](p, row(n)+`.querySelector(".player .button").click() ?? true`)
	p.until(patient, `heard[0].muted && !heard[1].muted && heard.every((a) => !a.paused && a.currentTime > 0.2)`)
	ask[bool](p, row(n)+`.querySelector(".player input[value=before]").click() ?? true`)
	p.until(patient, `!heard[0].muted && heard[1].muted && Math.abs(heard[0].currentTime - heard[1].currentTime) < 0.25`)
	ask[bool](p, row(2)+`.querySelector("summary").click() ?? true`) // the other one
	p.until(patient, `heard[0].paused && heard[1].paused && heard.length === 4`)
}

// save clicks on what saves a file, and returns where that is.
func (p *tab) save(selector, name string) string {
	p.T.Helper()
	dir := p.T.TempDir()
	into := browser.SetDownloadBehaviorParams{Behavior: browser.SetDownloadBehaviorBehaviorAllow, DownloadPath: dir}
	if _, err := chromedp.Call(p.ctx, browser.SetDownloadBehavior, into); err != nil {
		p.T.Fatalf("browser: %v", err)
	}
	p.click(selector)
	path := filepath.Join(dir, name)
	for end := time.Now().Add(patient); ; time.Sleep(50 * time.Millisecond) {
		if st, err := os.Stat(path); err == nil && st.Size() > 0 { // it has another name until it is whole
			return path
		}
		if time.Now().After(end) {
			list, _ := os.ReadDir(dir)
			p.T.Fatalf("%s was not saved; there is %v", name, list)
		}
	}
}

// archive saves all as one zip and compares what is in it with the files as they were saved.
func (p *tab) archive(saved map[string]string) {
	p.T.Helper()
	z, err := zip.OpenReader(p.save("#file-all", "stillmic-clean.zip"))
	if err != nil {
		p.T.Fatal(err)
	}
	defer z.Close()
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			p.T.Fatal(err)
		}
		content, err := io.ReadAll(r) // checks the sum, too
		if err != nil {
			p.T.Error(err)
		}
		want, err := os.ReadFile(saved[f.Name])
		if err != nil || !bytes.Equal(content, want) {
			p.T.Errorf("%s: %d bytes in the zip, %d were saved; %v", f.Name, len(content), len(want), err)
		}
	}
	if len(z.File) != len(saved) {
		p.T.Errorf("%d files are in the zip, want %d", len(z.File), len(saved))
	}
}
