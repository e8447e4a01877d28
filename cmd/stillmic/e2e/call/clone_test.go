//go:build linux

package call

import (
	"bytes"
	"context"
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/cmd/stillmic/e2e/stage"
)

// cloneMost is how long building in a clone may take, with a cache that has none of it.
const cloneMost = 10 * time.Minute

// What a newcomer reads who runs ./scripts/run in a fresh clone, on a machine with a sound server, is what
// the picture beside this folder shows; STILLMIC_CLONE_PICTURE makes it.
func TestRunInAClone(t *testing.T) {
	for _, program := range []string{"git", "script"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("SKIPPED: %s is not here", program)
		}
	}
	s := &stage.Stage{Server: soundserver.StartKind(t, soundserver.PulseAudio), T: t}
	if _, err := s.LoadModule("module-remap-source", "master="+soundserver.FakeMic+
		" source_name=usb source_properties=device.description=USB_Microphone"); err != nil {
		t.Fatal(err)
	}
	if err := s.SetDefaultSource("usb"); err != nil {
		t.Fatal(err)
	}
	dir := clone(t)
	stage.UntilClean(t, func() string { // of a machine that stands still the log speaks, too
		said := runClone(t, s, dir)
		if path := os.Getenv("STILLMIC_CLONE_PICTURE"); path != "" {
			if err := os.WriteFile(path, terminal("$ ./scripts/run\n"+said), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		return notInPicture(t, said)
	})
}

// notInPicture says which line the picture of the README lacks, "" for none.
func notInPicture(t *testing.T, said string) string {
	t.Helper()
	picture, err := os.ReadFile("../clone.svg")
	if err != nil {
		t.Fatal(err)
	}
	shown := regexp.MustCompile(`</text>\s*<text[^>]*>`).ReplaceAllString(string(picture), "") // long lines are wrapped
	for line := range strings.Lines(said) {
		if line = plainLine(strings.TrimSpace(line)); !strings.Contains(plainLine(html.UnescapeString(shown)), line) {
			return fmt.Sprintf("the picture lacks %q; make it again: STILLMIC_CLONE_PICTURE=$PWD/cmd/stillmic/e2e/clone.svg "+
				"go test -run RunInAClone ./cmd/stillmic/e2e/call", line)
		}
	}
	return ""
}

// plainLine leaves the time of a line out.
func plainLine(text string) string {
	text = strings.ReplaceAll(text, hardSpace, " ")
	return regexp.MustCompile(`\d\d:\d\d:\d\d`).ReplaceAllString(text, "00:00:00")
}

// clone copies the files that git knows of into a folder.
func clone(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	copied := exec.CommandContext(t.Context(), "sh", "-c",
		`git ls-files -z | xargs -0 sh -c 'for f; do [ ! -f "$f" ] || echo "$f"; done' sh | tar -c -T - | tar -x -C "$0"`, dir)
	copied.Dir = "../../../.."
	if out, err := copied.CombinedOutput(); err != nil {
		t.Fatalf("copy the files: %v: %s", err, out)
	}
	return dir
}

// runClone runs ./scripts/run on a terminal until the microphone rests, and returns what it says.
func runClone(t *testing.T, s *stage.Stage, dir string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), cloneMost)
	defer cancel()
	cmd := exec.CommandContext(ctx, "script", "-qefc", "echo $$ >pid; exec ./scripts/run", "/dev/null")
	cmd.Dir = dir
	cmd.Env = append(s.Env(), "TERM=dumb")
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPATH", "GOPROXY", "GOFLAGS"} {
		value, err := exec.CommandContext(ctx, "go", "env", name).Output()
		if err != nil {
			t.Fatal(err)
		}
		cmd.Env = append(cmd.Env, name+"="+strings.TrimSpace(string(value)))
	}
	out := &screen{}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	signal := func(sig syscall.Signal) {
		var pid int
		text, err := os.ReadFile(filepath.Join(dir, "pid"))
		if err == nil {
			_, err = fmt.Sscan(string(text), &pid)
		}
		if err == nil {
			_ = syscall.Kill(pid, sig) // it may have ended
		}
	}
	t.Cleanup(func() { signal(syscall.SIGKILL) })
	for !strings.Contains(out.text(), "suspended: ") {
		select {
		case err := <-ended:
			t.Fatalf("%v: %s", err, out.text())
		case <-time.After(50 * time.Millisecond):
		}
	}
	said := out.text()
	signal(syscall.SIGINT)
	if err := <-ended; err != nil {
		t.Errorf("stopped by Ctrl-C: %v: %s", err, out.text())
	}
	return said
}

// screen is what stands on a terminal, without colours.
type screen struct {
	mu   sync.Mutex
	said bytes.Buffer
}

func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.said.Write(b)
}

func (s *screen) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return regexp.MustCompile("\x1b\\[[0-9;]*m|\r").ReplaceAllString(s.said.String(), "")
}

// hardSpace stays where several follow each other.
const hardSpace = "\u00a0"

// terminal draws the lines on a terminal of 80 columns, as SVG.
func terminal(text string) []byte {
	const columns, advance, height, margin = 80, 8.4, 20, 16 // of letters of 14 pixels
	var lines []string
	for line := range strings.Lines(text) {
		for line = strings.TrimRight(line, "\n"); len(line) > columns; line = line[columns:] {
			lines = append(lines, line[:columns])
		}
		lines = append(lines, line)
	}
	var svg strings.Builder
	wide, high := int(columns*advance)+2*margin, len(lines)*height+2*margin
	fmt.Fprintf(&svg, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d">
<rect width="%[1]d" height="%[2]d" rx="8" fill="#17211f"/>
<g font-family="ui-monospace, DejaVu Sans Mono, monospace" font-size="14" fill="#e7eeec">
`, wide, high)
	for i, line := range lines {
		fmt.Fprintf(&svg, "<text x=\"%d\" y=\"%d\">%s</text>\n", margin, margin+i*height+15, strings.ReplaceAll(html.EscapeString(line), " ", hardSpace))
	}
	svg.WriteString("</g>\n</svg>\n")
	return []byte(svg.String())
}
