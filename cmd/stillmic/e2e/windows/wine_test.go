//go:build linux

package windows

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/cmd/stillmic/e2e/stage"
	"github.com/stillmic/stillmic/daemon/control"
)

func TestMain(m *testing.M) { stage.Main(m) }

// variable names the folder with the program for Windows, and bcryptprimitives.dll, which Go's runtime
// needs and Wine has since version 8.13 only.
const variable = "STILLMIC_WINDOWS"

// The virtual cable, by the names of VB-CABLE.
const (
	cable       = "cable"
	cableOutput = "CABLE Input (VB-Audio Virtual Cable)" // it is played into
)

// giveUp is when a step counts as failed: a busy machine starts Wine in half a minute.
const giveUp = 3 * time.Minute

// wine is a Windows of its own, with a microphone and a virtual cable.
type wine struct {
	*soundserver.Server
	t        *testing.T
	exe      string
	programs string // of Wine
	prefix   string // the folder of its disks
	env      []string
}

// newWine makes one, which ends with the test.
func newWine(t *testing.T) *wine {
	t.Helper()
	dir := os.Getenv(variable)
	if dir == "" {
		t.Skip("SKIPPED: " + variable + " names no folder with stillmic.exe; scripts/test --windows builds it")
	}
	s := soundserver.StartPulseAudio(t)
	if _, err := s.LoadModule("module-null-sink",
		`sink_name=`+cable+` rate=48000 channels=2 sink_properties="device.description='`+cableOutput+`'"`); err != nil {
		t.Fatal(err)
	}
	prefix := t.TempDir()
	w := &wine{s, t, filepath.Join(dir, "stillmic.exe"), "/usr/lib/wine/", prefix, nil}
	for _, kv := range s.Env() {
		if !strings.HasPrefix(kv, "XDG_") { // our folders are those of Windows
			w.env = append(w.env, kv)
		}
	}
	// Without a browser and .NET, for which Wine asks; without what it says of itself.
	w.env = append(w.env, "WINEPREFIX="+prefix, "WINEDLLOVERRIDES=mscoree,mshtml=", "WINEDEBUG=-all")
	t.Cleanup(w.end)
	w.must("wineboot", "-i")
	library := filepath.Join(prefix, "drive_c", "windows", "system32", "bcryptprimitives.dll")
	if _, err := os.Stat(library); err != nil {
		text, err := os.ReadFile(filepath.Join(dir, filepath.Base(library)))
		if err == nil {
			err = os.WriteFile(library, text, 0o755)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// end ends all processes of this Wine, and waits for them.
func (w *wine) end() {
	for _, what := range []string{"-k", "-w"} {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, filepath.Join(w.programs, "wineserver64"), what)
		cmd.Env = w.env
		_ = cmd.Run() // fails when none runs
	}
}

// command is a Windows program with its arguments.
func (w *wine) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(w.programs, "wine64"), args...)
	cmd.Env, cmd.Dir, cmd.WaitDelay = w.env, w.t.TempDir(), 10*time.Second
	return cmd
}

// must runs a program, which has to succeed, and returns what it printed.
func (w *wine) must(args ...string) string {
	w.t.Helper()
	code, stdout, stderr := w.run(args...)
	if code != 0 {
		w.t.Fatalf("%s: code %d, %s%s", strings.Join(args, " "), code, stdout, stderr)
	}
	return stdout
}

// run runs a program to its end.
func (w *wine) run(args ...string) (code int, stdout, stderr string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), giveUp)
	defer cancel()
	cmd := w.command(ctx, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || ctx.Err() != nil) {
		w.t.Fatalf("%s: %v, %s", strings.Join(args, " "), err, errs.String())
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

// stillmic runs the program, which has to succeed.
func (w *wine) stillmic(args ...string) string { return w.must(append([]string{w.exe}, args...)...) }

// start starts the daemon, waits until it runs, and returns its state. It ends with the test, or by taskkill.
func (w *wine) start(args ...string) control.Status {
	w.t.Helper()
	log := filepath.Join(w.t.TempDir(), "log")
	f, err := os.Create(log)
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := w.command(ctx, append([]string{w.exe, "run"}, args...)...)
	cmd.Stdout, cmd.Stderr = io.Discard, f
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // it is killed
		close(ended)
	}()
	w.t.Cleanup(func() {
		cancel()
		<-ended
		_ = f.Close()
		if text, err := os.ReadFile(log); err == nil && w.t.Failed() {
			w.t.Logf("the daemon: %s", text)
		}
	})
	return w.awaitRunning(ended)
}

// awaitRunning waits until the daemon runs, and returns its state.
func (w *wine) awaitRunning(ended <-chan struct{}) control.Status {
	w.t.Helper()
	for end := time.Now().Add(giveUp); time.Now().Before(end); time.Sleep(300 * time.Millisecond) {
		if st, ok := w.status(); ok && st.State == control.Running {
			return st
		}
		select {
		case <-ended:
			w.t.Fatal("the daemon has ended")
		default:
		}
	}
	w.t.Fatal("the daemon does not run")
	return control.Status{}
}

// status asks the daemon; false: none answers.
func (w *wine) status() (st control.Status, ok bool) {
	w.t.Helper()
	code, stdout, stderr := w.run(w.exe, "status", "--json")
	if code != 0 {
		return st, false
	}
	if err := json.Unmarshal([]byte(stdout), &st); err != nil {
		w.t.Fatalf("%v: %s%s", err, stdout, stderr)
	}
	return st, true
}
