//go:build linux

package call

import (
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jfreymuth/pulse/proto"

	"github.com/stillmic/stillmic/audioio/pulse"
	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/cmd/stillmic/e2e/stage"
	"github.com/stillmic/stillmic/daemon/control"
)

// Somebody unloads Stillmic Microphone in a call, and the server has the call record the microphone
// itself: the daemon makes another one, and puts the call back.
func TestCallComesBack(t *testing.T) {
	stage.EachServer(t, func(t *testing.T, s *stage.Stage) {
		s.RunDaemon()
		recorder(t, s, "parec", "-d", pulse.MicName, "--raw", "--client-name=call")
		on := func(source string) func(control.Status) bool {
			return func(control.Status) bool { return recordedBy(s, "call") == source }
		}
		s.Await(stage.GiveUp, "the call records", on(pulse.MicName))
		time.Sleep(500 * time.Millisecond)
		modules, err := s.Modules()
		if err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		for _, m := range slices.Backward(modules) {
			if strings.Contains(m.Args, "stillmic.owner="+pulse.MicName) {
				if err := s.UnloadModule(m.Index); err != nil {
					t.Fatal(err)
				}
			}
		}
		s.Await(stage.GiveUp, "it is put back", on(pulse.MicName))
		t.Logf("put back %v after the microphone was unloaded", time.Since(begin).Round(10*time.Millisecond))
		time.Sleep(time.Second)
		if got := recordedBy(s, "call"); got != pulse.MicName {
			t.Errorf("then it records %q", got)
		}
	})
}

// PipeWire's pulse server dies in the call of a program that does not use it: the program's stream
// is moved to the microphone itself, and put back.
func TestNativeCallComesBack(t *testing.T) {
	s := &stage.Stage{Server: soundserver.StartKind(t, soundserver.PipeWire), T: t}
	s.RunDaemon()
	recorder(t, s, "pw-record", "--target", pulse.MicName, "-")
	on := func(source string) func(control.Status) bool {
		return func(control.Status) bool { return recordedBy(s, "pw-record") == source }
	}
	s.Await(stage.GiveUp, "the call records", on(pulse.MicName))
	time.Sleep(500 * time.Millisecond)
	if err := s.RestartPulse(); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	s.Await(stage.GiveUp, "it is put back", on(pulse.MicName))
	t.Logf("put back %v after the server was there", time.Since(begin).Round(10*time.Millisecond))
	time.Sleep(time.Second)
	if got := recordedBy(s, "pw-record"); got != pulse.MicName {
		t.Errorf("then it records %q", got)
	}
}

// recorder starts a program that records, until the test ends or end is called.
func recorder(t *testing.T, s *stage.Stage, name string, args ...string) (end func()) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = s.Env()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	end = sync.OnceFunc(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	t.Cleanup(end)
	return end
}

// recordedBy returns what a program records, "" for nothing.
func recordedBy(s *stage.Stage, program string) string {
	s.T.Helper()
	var outputs proto.GetSourceOutputInfoListReply
	var sources proto.GetSourceInfoListReply
	if s.Request(&proto.GetSourceOutputInfoList{}, &outputs) != nil || s.Request(&proto.GetSourceInfoList{}, &sources) != nil {
		return "" // the server is being started
	}
	for _, r := range outputs {
		name := strings.TrimRight(string(r.Properties["application.name"]), "\x00")
		for _, d := range sources {
			if d.SourceIndex == r.SourceIndex && name == program {
				return d.SourceName
			}
		}
	}
	return ""
}
