//go:build linux

package call

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/cmd/stillmic/e2e/stage"
	"github.com/stillmic/stillmic/daemon/synth"
)

// spoken is what synthetic people say, a sentence each in turn.
func spoken(t *testing.T, voices ...string) (x []float32) {
	t.Helper()
	for i := range 2 * len(synth.Sentences) {
		said, err := synth.Speech(t.Context(), voices[i%len(voices)], 0.15, synth.Sentences[i%len(synth.Sentences)])
		if err != nil {
			t.Skip("SKIPPED: espeak-ng is not installed, no voice is enrolled:", err)
		}
		x = append(x, said...)
	}
	return x
}

// sequences are for a terminal, which text has none of.
var sequences = regexp.MustCompile(`\x1b\[[0-9;?]*[A-Za-z]`)

// TestEnroll: a voice is enrolled through the daemon in a terminal, once more without a daemon and
// a terminal, and stays as it was when that is stopped. Several people are told.
func TestEnroll(t *testing.T) {
	one, two := spoken(t, "en-us"), spoken(t, "en-us", "de+f3")
	s := &stage.Stage{Server: soundserver.StartPulseAudio(t), T: t}
	s.RunDaemon()
	stop := s.PlayMic(one)
	out, code := inTerminal(t, s, "voiceprint", "enroll")
	if code != 0 || !strings.Contains(out, "George chose the longer way") || !strings.Contains(out, " of 20 s ") ||
		!strings.Contains(out, "good, read on") || !strings.Contains(out, "made from 20 s of speech on ") {
		t.Fatalf("exit code %d: %s", code, out)
	}
	for _, line := range strings.FieldsFunc(sequences.ReplaceAllString(out, ""), func(r rune) bool { return r == '\r' || r == '\n' }) {
		if n := utf8.RuneCountInString(line); n > 80 && !strings.HasPrefix(line, s.RuntimeDir) {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	path := filepath.Join(s.RuntimeDir, ".local", "share", "stillmic", "voiceprint.json")
	before := printOf(t, path)
	if log := s.Logs(); !strings.Contains(log, "voice enrolled") || strings.Contains(log, "values") {
		t.Errorf("the log: %s", log)
	}
	if err := s.SignalDaemon(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}

	cmd := enroll(t, s)
	stopped := untilSecond(t, cmd, 5)
	_ = cmd.Process.Signal(os.Interrupt)
	_, _ = io.Copy(io.Discard, stopped)
	if err := cmd.Wait(); err == nil {
		t.Error("stopped, it is fine")
	}
	if !bytes.Equal(printOf(t, path), before) {
		t.Error("stopped, it changed the print")
	}

	text, err := enroll(t, s).CombinedOutput()
	if err != nil || strings.Contains(string(text), "\x1b") || !strings.Contains(string(text), "10 of 20 s: good, read on\n") ||
		!strings.Contains(string(text), "It was added") || !strings.Contains(string(text), "made from 40 s of speech in 2 enrolments") {
		t.Errorf("without a terminal: %v: %q", err, text)
	}
	stop()

	s.PlayMic(two)
	text, err = enroll(t, s, "--new").CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 4 || !strings.Contains(string(text), "as if several people spoke") {
		t.Errorf("two people: %v: %s", err, text)
	}
}

// printOf reads a print, which nobody else may.
func printOf(t *testing.T, path string) []byte {
	t.Helper()
	st, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if st.Mode().Perm() != 0o600 {
		t.Errorf("%s has mode %o", path, st.Mode().Perm())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestMicrophoneChangedWhileEnrolling: a print of two microphones is none.
func TestMicrophoneChangedWhileEnrolling(t *testing.T) {
	one := spoken(t, "en-us")
	s := &stage.Stage{Server: soundserver.StartPulseAudio(t), T: t}
	if _, err := s.LoadModule("module-remap-source", "master="+soundserver.FakeMic+" source_name=headset"); err != nil {
		t.Fatal(err)
	}
	s.RunDaemon()
	s.PlayMic(one)
	cmd := enroll(t, s)
	out := untilSecond(t, cmd, 5)
	s.Post("/v1/device", map[string]string{"device": "headset"})
	rest, _ := io.ReadAll(out)
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || !strings.Contains(string(rest), "the microphone was changed") {
		t.Errorf("%v: %s", err, rest)
	}
	path := filepath.Join(s.RuntimeDir, ".local", "share", "stillmic", "voiceprint.json")
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a print was kept: %v", err)
	}
}

// untilSecond starts the command, waits until it has heard so many seconds of speech, and returns what else it says.
func untilSecond(t *testing.T, cmd *exec.Cmd, seconds int) io.Reader {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	want := fmt.Appendf(nil, "%d of 20 s", seconds)
	seen := make([]byte, 0, 4096)
	for b := make([]byte, 512); !bytes.Contains(seen, want); {
		n, err := out.Read(b)
		if seen = append(seen, b[:n]...); err != nil {
			t.Fatalf("%v: %s", err, seen)
		}
	}
	return out
}

// enroll is the command, without a terminal.
func enroll(t *testing.T, s *stage.Stage, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(t.Context(), program(t), slices.Concat([]string{"voiceprint", "enroll"}, args)...)
	cmd.Env = append(s.Env(), "LANG=C.UTF-8")
	return cmd
}

// inTerminal runs the program in a terminal and returns what that got, and the exit code.
func inTerminal(t *testing.T, s *stage.Stage, args ...string) (out string, code int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program(t), args...)
	cmd.Env = append(s.Env(), "LANG=C.UTF-8")
	terminal, err := openTerminal(cmd)
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Stdout.(*os.File).Close() // ours: with the program's, the terminal ends
	shown := make(chan string, 1)
	go func() {
		text, _ := io.ReadAll(terminal) // it ends with an error
		shown <- string(text)
	}()
	var exit *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	select {
	case out = <-shown:
	case <-time.After(10 * time.Second):
		t.Fatal(fmt.Errorf("%v: the terminal has no end", args))
	}
	return out, cmd.ProcessState.ExitCode()
}
