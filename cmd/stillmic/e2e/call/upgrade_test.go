//go:build linux

package call

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/cmd/stillmic/e2e/stage"
	"github.com/stillmic/stillmic/daemon/control"
)

// When another version is installed in a call, the call goes on with the old one; the new one
// takes over in the same process once it has ended.
func TestUpgradeInCall(t *testing.T) {
	built, err := stage.Program()
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(built)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "program")
	install := func(b []byte) { // as dpkg does
		t.Helper()
		if err := os.WriteFile(path+".new", b, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path+".new", path); err != nil {
			t.Fatal(err)
		}
	}
	install(program)
	s := &stage.Stage{Server: soundserver.StartKind(t, soundserver.PulseAudio), T: t}
	end := s.InCall()
	defer func() { end() }()
	s.StartCommand(path, "run")
	s.Await(30*time.Second, "running in the call", func(st control.Status) bool { return st.State == control.Running && st.Listeners > 0 })
	began := time.Now()
	install(append(program, 0)) // runs all the same
	s.Await(time.Minute, "told of the new version", func(st control.Status) bool { return st.Replaced })
	time.Sleep(12 * time.Second) // one more look
	st, err := s.Status()
	if err != nil || st.UptimeS < time.Since(began).Seconds() {
		t.Fatalf("in the call: %v, up for %.0f s", err, st.UptimeS)
	}
	end()
	s.Await(time.Minute, "the new version", func(st control.Status) bool {
		return !st.Replaced && st.UptimeS < time.Since(began).Seconds()
	})
	if st, err = s.Status(); err != nil || st.PID != s.Daemon.Process.Pid {
		t.Errorf("another process, %d for %d, runs: %v", st.PID, s.Daemon.Process.Pid, err)
	}
	end = s.InCall()
	s.Await(30*time.Second, "running again", func(st control.Status) bool { return st.State == control.Running && st.Frames > 10 })
}
