//go:build linux

package pulse_test

import (
	"context"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/jfreymuth/pulse/proto"

	"github.com/stillmic/stillmic/audioio/pulse"
	"github.com/stillmic/stillmic/audioio/soundserver"
)

// recordedBy returns what the test's call records, and its stream's number.
func recordedBy(t *testing.T, s *soundserver.Server) (source string, stream uint32) {
	t.Helper()
	var outputs proto.GetSourceOutputInfoListReply
	var sources proto.GetSourceInfoListReply
	if err := s.Request(&proto.GetSourceOutputInfoList{}, &outputs); err != nil {
		t.Fatal(err)
	}
	if err := s.Request(&proto.GetSourceInfoList{}, &sources); err != nil {
		t.Fatal(err)
	}
	for _, r := range outputs {
		if r.MediaName != "test recording of "+pulse.MicName {
			continue
		}
		for _, d := range sources {
			if d.SourceIndex == r.SourceIndex {
				return d.SourceName, r.SourceOutpuIndex
			}
		}
	}
	return "", 0
}

// Another device becomes the default, and the server moves a call with it that had chosen
// the virtual microphone: it is put back. A person moves it: there it stays.
func TestProgramsArePutBack(t *testing.T) {
	eachServer(t, func(t *testing.T, s *soundserver.Server, _ *pulse.Server) {
		time.Sleep(time.Second) // PipeWire's session manager has started: see knowing in default.go
		publish(t, dial(t, s), pulse.PublishOptions{})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_ = s.Call(ctx, func([]float32, time.Time) {}, pulse.MicName)
		}()
		defer func() { cancel(); <-ended }()
		on := func(want string, most time.Duration) time.Duration {
			t.Helper()
			for begin := time.Now(); ; time.Sleep(10 * time.Millisecond) {
				got, _ := recordedBy(t, s)
				if got == want {
					return time.Since(begin)
				}
				if time.Since(begin) > most {
					t.Fatalf("the call records %q, want %q", got, want)
				}
			}
		}
		on(pulse.MicName, 10*time.Second)
		for range 2 {
			if err := s.SetDefaultSource(pulse.MicName); err != nil {
				t.Fatal(err)
			}
			time.Sleep(4 * time.Second) // the next news of a default is another matter
			if err := s.SetDefaultSource(soundserver.FakeMic); err != nil {
				t.Fatal(err)
			}
			time.Sleep(50 * time.Millisecond) // the server has moved it
			took := on(pulse.MicName, 5*time.Second)
			time.Sleep(500 * time.Millisecond)
			on(pulse.MicName, 0)
			t.Logf("put back within %v", (50*time.Millisecond + took).Round(10*time.Millisecond))
		}
		// PipeWire takes a move to the default for the wish to follow it, which a program that
		// has chosen by name may not have: the person's is to another one, by a program that knows
		// the default of now.
		if err := s.SetDefaultSource(pulse.MicName); err != nil {
			t.Fatal(err)
		}
		time.Sleep(4 * time.Second)
		_, stream := recordedBy(t, s)
		moved := false
		for range 5 { // pactl's own connection may not know of the default yet: then it is told again
			move := exec.Command("pactl", "move-source-output", strconv.Itoa(int(stream)), soundserver.FakeMic)
			move.Env = s.Env()
			if out, err := move.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			for begin := time.Now(); !moved && time.Since(begin) < time.Second; time.Sleep(5 * time.Millisecond) {
				source, _ := recordedBy(t, s)
				moved = source == soundserver.FakeMic
			}
			if moved {
				break
			}
		}
		if !moved {
			t.Fatal("pactl has not moved the call")
		}
		time.Sleep(4 * time.Second)
		on(soundserver.FakeMic, 0)
	})
}
