//go:build linux

package fault

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/pulse"
	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/audioio/wav"
	"github.com/stillmic/stillmic/cmd/stillmic/e2e/stage"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/demo"
	"github.com/stillmic/stillmic/daemon/synth"
)

// everyFault skips a test that is not one of the quick ones.
func everyFault(t *testing.T) {
	t.Helper()
	if os.Getenv(stage.AllFaults) == "" {
		t.Skip("SKIPPED: " + stage.AllFaults + " is not set; scripts/soak --faults does every fault")
	}
}

// quickFault does a fault that does not depend on the server on PulseAudio, and where
// every fault is wanted on PipeWire, too.
func quickFault(t *testing.T, test func(t *testing.T, s *stage.Stage)) {
	if os.Getenv(stage.AllFaults) != "" {
		stage.EachServer(t, test)
		return
	}
	test(t, &stage.Stage{Server: soundserver.StartPulseAudio(t), T: t})
}

// walled is unshare with what it takes to have mounts and a network of one's own:
// root may, and others as root of a user namespace.
func walled(t *testing.T, what string) []string {
	t.Helper()
	wall := []string{"unshare", what}
	if os.Getuid() != 0 {
		wall = []string{"unshare", "-r", what}
	}
	if out, err := exec.Command(wall[0], append(wall[1:], "true")...).CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: this system does not allow %v: %s", wall, out)
	}
	return wall
}

// newWalled starts the daemon after a shell command, within walls of its own, and
// waits until a call hears it.
func newWalled(t *testing.T, s *stage.Stage, what, before string) (f *faulty, wall []string) {
	t.Helper()
	wall = walled(t, what)
	f = newFaulty(t, s)
	exe, err := stage.Program()
	if err != nil {
		t.Fatal(err)
	}
	f.StartCommand(append(wall, "sh", "-c", before+`; exec "$0" "$@"`, exe, "run", "--wait", "--strength", "off")...)
	f.back(t, time.Now())
	return f, wall
}

// The disk that holds what is remembered is full: audio flows, settings change,
// a recording says why it is not there, and once there is room all is saved.
func TestFaultDiskFull(t *testing.T) {
	everyFault(t)
	stage.EachServer(t, faultDiskFull)
}

func faultDiskFull(t *testing.T, s *stage.Stage) {
	f, _ := newWalled(t, s, "-m", `mount -t tmpfs -o size=16k full "$XDG_STATE_HOME" && head -c 20000 /dev/zero >"$XDG_STATE_HOME/fill"`)
	c := control.NewClient(filepath.Join(f.RuntimeDir, "stillmic"))
	defer c.Close()
	if _, err := c.SetBypass(t.Context(), true); err != nil {
		t.Error(err)
	}
	if _, err := c.SetStrength(t.Context(), "6"); err != nil {
		t.Error(err)
	}
	rec, err := c.Record(t.Context(), 1)
	for err == nil && rec.State == control.RecordActive {
		time.Sleep(20 * time.Millisecond)
		rec, err = c.Recording(t.Context())
	}
	if err == nil && (rec.State != control.RecordFailed || !strings.Contains(rec.Reason, "no space")) {
		t.Errorf("a recording on a full disk is %q: %q, want it to fail for lack of space", rec.State, rec.Reason)
	}
	f.back(t, time.Now())
	t.Logf("RECOVERED disk full (%s): audio never stopped; the recording says: %s", f.Kind, rec.Reason)
	// The daemon's folder as the daemon sees it.
	root := fmt.Sprintf("/proc/%d/root%s/state/", f.Daemon.Process.Pid, f.RuntimeDir)
	if err := os.Remove(root + "fill"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.SetStrength(t.Context(), "7"); err != nil {
		t.Error(err)
	}
	for begin := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		text, err := os.ReadFile(root + "stillmic/choices.json")
		if err == nil && strings.Contains(string(text), "7 dB") {
			break
		}
		if time.Since(begin) > stage.GiveUp {
			t.Fatalf("there is room again, and still nothing is saved: %s, %v", text, err)
		}
	}
	f.hangUp(t)
	wantEnd(f.Stage, syscall.SIGTERM)
	f.tidy(t)
}

// Nothing can be written but the runtime folder: audio flows and settings change.
func TestFaultReadOnlyHome(t *testing.T) { quickFault(t, faultReadOnlyHome) }

func faultReadOnlyHome(t *testing.T, s *stage.Stage) {
	f, _ := newWalled(t, s, "-m", `for d in "$XDG_STATE_HOME" "$XDG_CONFIG_HOME" "$XDG_CACHE_HOME"; do mount -t tmpfs -o ro home "$d"; done`)
	f.Post("/v1/strength", map[string]any{"strength": 0})
	f.Post("/v1/bypass", map[string]any{"on": true})
	f.back(t, time.Now())
	t.Logf("RECOVERED read-only home (%s): audio never stopped", f.Kind)
	f.hangUp(t)
	wantEnd(f.Stage, syscall.SIGTERM)
	f.tidy(t)
}

// Without any network but the loopback device the daemon runs, and cleans files:
// it needs none. That it makes no sockets of other kinds is looked up.
func TestNoNetwork(t *testing.T) { quickFault(t, noNetwork) }

func noNetwork(t *testing.T, s *stage.Stage) {
	f, wall := newWalled(t, s, "-n", ":")
	pid := f.Daemon.Process.Pid
	for _, table := range []string{"tcp", "tcp6", "udp", "udp6", "raw", "raw6", "icmp", "packet"} {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", pid, table))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if lines := strings.Count(string(text), "\n"); lines > 1 {
			t.Errorf("sockets in /proc/net/%s:\n%s", table, text)
		}
	}
	exe, err := stage.Program()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.wav"), filepath.Join(dir, "out.wav")
	writeTone(t, in)
	clean := exec.Command(wall[0], append(wall[1:], exe, "clean", in, out)...)
	clean.Env = f.Env()
	if text, err := clean.CombinedOutput(); err != nil {
		t.Errorf("clean without a network: %v: %s", err, text)
	}
	if st, err := os.Stat(out); err != nil || st.Size() < 90_000 {
		t.Errorf("cleaned: %v, %v", st, err)
	}
	wantEnd(f.Stage, syscall.SIGTERM)
}

// writeTone writes a second of a tone.
func writeTone(t *testing.T, path string) {
	t.Helper()
	tone := soundserver.Sine(audioio.SampleRate, stage.ToneHz, stage.TonePeak)
	if err := wav.WriteFile(path, pcm.Format{Rate: audioio.SampleRate, Channels: 1}, tone); err != nil {
		t.Fatal(err)
	}
}

// wantEnd ends the daemon, which must say that all is well.
func wantEnd(s *stage.Stage, sig syscall.Signal) {
	s.T.Helper()
	if err := s.SignalDaemon(sig); err != nil {
		s.T.Errorf("ended by %v: %v", sig, err)
	}
}

// What a killed daemon leaves, its modules, socket, FIFO, token and uploads, the
// next one clears away.
func TestFaultLeftovers(t *testing.T) {
	s := &stage.Stage{Server: soundserver.StartPulseAudio(t), T: t}
	before := s.ModuleList()
	s.RunWithPage("--strength", "off")
	runtime := filepath.Join(s.RuntimeDir, "stillmic")
	uploads := filepath.Join(s.RuntimeDir, "state", "stillmic", "uploads")
	if err := os.MkdirAll(uploads, 0o700); err != nil {
		t.Fatal(err)
	}
	// As if it had been killed while it cleaned one.
	if err := os.WriteFile(filepath.Join(uploads, "left.wav"), []byte("audio"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.SignalDaemon(syscall.SIGKILL); err == nil {
		t.Fatal("killed without an error")
	}
	left, err := filepath.Glob(filepath.Join(runtime, "*"))
	if err != nil || len(left) < 4 {
		t.Fatalf("killed, it left %v, %v: the test proves nothing", left, err)
	}
	if len(s.ModuleList()) == len(before) {
		t.Fatal("killed, it left no modules: the test proves nothing")
	}
	s.RunDaemon("--strength", "off")
	// The token is the session's: open tabs go on.
	if st, err := os.Stat(control.TokenPath(runtime)); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("the token of the killed daemon: %v, %v", st, err)
	}
	if found, err := filepath.Glob(filepath.Join(uploads, "*")); err != nil || len(found) > 0 {
		t.Errorf("uploads of the killed daemon: %v, %v", found, err)
	}
	wantEnd(s, syscall.SIGTERM)
	(&faulty{Stage: s}).tidy(t)
	if after := s.ModuleList(); len(after) != len(before) {
		t.Errorf("modules were %q, are %q", before, after)
	}
}

// While somebody speaks into it and a call listens, not one line is logged, even
// at the level that logs most.
func TestLogSaysNothingOfSpeech(t *testing.T) {
	noisy, _, err := demo.NoisyVoice(t.Context(), 5, synth.Sentences[0])
	if err != nil {
		t.Fatal(err)
	}
	s := &stage.Stage{Server: soundserver.StartPulseAudio(t), T: t}
	s.PlayMic(noisy)
	config := filepath.Join(t.TempDir(), "stillmic.toml")
	if err := os.WriteFile(config, []byte("[log]\nlevel = \"debug\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.RunDaemon("--config", config)
	log := filepath.Join(s.RuntimeDir, "stillmic.log")
	s.RecordFor(time.Second, pulse.MicName)
	before, err := os.ReadFile(log)
	if err != nil || !strings.Contains(string(before), `"debug"`) {
		t.Fatalf("the log of the start, without anything at level debug: %q, %v", before, err)
	}
	s.RecordFor(3*time.Second, pulse.MicName)
	after, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	st, err := s.Status()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(after[len(before):])) {
		// A machine that is too slow may say so.
		if !strings.Contains(line, string(control.Degraded)) && !strings.Contains(line, `"running"`) {
			t.Errorf("logged while somebody spoke (probability of speech %.2f): %s", st.SpeechProbability, line)
		}
	}
}
