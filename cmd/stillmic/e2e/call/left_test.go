//go:build linux

package call

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio/pulse"
	"github.com/stillmic/stillmic/cmd/stillmic/e2e/stage"
	"github.com/stillmic/stillmic/daemon/control"
)

// A device that a daemon leaves to two calls when it is told to stop is there for the second when
// the first has ended, and goes with that.
func TestLeftDeviceIsReleased(t *testing.T) {
	stage.EachServer(t, func(t *testing.T, s *stage.Stage) {
		before := s.ModuleList()
		s.StartDaemon("--wait", "--strength", "off")
		s.Await(stage.GiveUp, "there", func(st control.Status) bool { return st.Sink != "" })
		first, second := startCall(s), startCall(s)
		s.Await(stage.GiveUp, "recorded", func(st control.Status) bool { return st.Listeners == 2 })
		if err := s.SignalDaemon(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		first.cancel()
		time.Sleep(2 * time.Second)
		select {
		case err := <-second.ended:
			t.Fatalf("the second call has ended: %v", err)
		default:
		}
		if slices.Equal(s.ModuleList(), before) {
			t.Fatal("the microphone is removed while a call records it")
		}
		second.cancel()
		begin := time.Now()
		for !slices.Equal(s.ModuleList(), before) {
			if time.Since(begin) > stage.GiveUp {
				t.Fatalf("modules were %q, are %q", before, s.ModuleList())
			}
			time.Sleep(20 * time.Millisecond)
		}
		t.Logf("removed %v after the last call", time.Since(begin).Round(10*time.Millisecond))
	})
}

// A device that a daemon left is removed by "stillmic service stop", which ends the call on
// it, and by the next daemon that ends when nobody records it.
func TestLeftDeviceIsRemoved(t *testing.T) {
	stage.EachServer(t, func(t *testing.T, s *stage.Stage) {
		before := s.ModuleList()
		for _, how := range []string{"service stop", "the next daemon"} {
			s.StartDaemon("--wait", "--strength", "off")
			s.Await(stage.GiveUp, "there", func(st control.Status) bool { return st.Sink != "" })
			c := startCall(s)
			s.Await(stage.GiveUp, "recorded", func(st control.Status) bool { return st.Listeners > 0 })
			_ = s.SignalDaemon(syscall.SIGKILL) // which is an error
			if how == "service stop" {
				out, _ := command(s, "service", "stop") // systemd does not run here
				if want := "removed  " + pulse.MicDescription; !strings.Contains(out, want) {
					t.Errorf("service stop says %q, want %q", out, want)
				}
			} else {
				c.cancel()
				s.StartDaemon("--wait")
				s.Await(stage.GiveUp, "there", func(st control.Status) bool { return st.Sink != "" })
				if err := s.SignalDaemon(syscall.SIGTERM); err != nil {
					t.Error(err)
				}
			}
			select {
			case err := <-c.ended:
				c.ended <- err
			case <-time.After(5 * time.Second):
				t.Errorf("%s: the call goes on", how)
			}
			if after := s.ModuleList(); !slices.Equal(after, before) {
				t.Errorf("%s: modules were %q, are %q", how, before, after)
			}
		}
	})
}

// command runs stillmic and returns what it says.
func command(s *stage.Stage, args ...string) (string, error) {
	s.T.Helper()
	exe, err := stage.Program()
	if err != nil {
		s.T.Fatal(err)
	}
	cmd := exec.CommandContext(s.T.Context(), exe, args...)
	cmd.Env = s.Env()
	out, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%v: %w", args, err)
	}
	return string(out), err
}
