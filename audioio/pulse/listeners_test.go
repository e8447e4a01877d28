//go:build linux

package pulse_test

import (
	"context"
	"slices"
	"strings"
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

// call has a program record the virtual microphone, and returns what waits until it records a
// source, for so long, and says how long that took.
func call(t *testing.T, s *soundserver.Server) (on func(want string, most time.Duration) time.Duration) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = s.Call(ctx, func([]float32, time.Time) {}, pulse.MicName)
	}()
	t.Cleanup(func() { cancel(); <-ended })
	on = func(want string, most time.Duration) time.Duration {
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
	return on
}

// moveByHand moves the call as a person does in a mixer.
func moveByHand(t *testing.T, s *soundserver.Server, to string) {
	t.Helper()
	_, stream := recordedBy(t, s)
	if err := s.MoveRecording(stream, to); err != nil {
		t.Fatal(err)
	}
}

// Another device becomes the default, and the server moves a call with it that had chosen
// the virtual microphone: it is put back. A person moves it, be it a second later: there it stays.
func TestProgramsArePutBack(t *testing.T) {
	eachServer(t, func(t *testing.T, s *soundserver.Server, _ *pulse.Server) {
		time.Sleep(time.Second) // PipeWire's session manager has started: see knowing in mixer.go
		publish(t, dial(t, s), pulse.PublishOptions{})
		on := call(t, s)
		for range 2 {
			if err := s.SetDefaultSource(pulse.MicName); err != nil {
				t.Fatal(err)
			}
			time.Sleep(500 * time.Millisecond) // the next news of a default is another matter
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
		// has chosen by name may not have: the person's is to another one.
		if err := s.SetDefaultSource(pulse.MicName); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		moveByHand(t, s, soundserver.FakeMic)
		time.Sleep(4 * time.Second)
		on(soundserver.FakeMic, 0)
	})
}

// Somebody unloads the virtual microphone in a call, and the server moves the call to another
// one: it is put back when the microphone is there again. A call that a person had moved before is
// not, nor is one that a person moves meanwhile, where the server tells.
func TestProgramsComeBack(t *testing.T) {
	eachServer(t, func(t *testing.T, s *soundserver.Server, _ *pulse.Server) {
		time.Sleep(time.Second) // see above
		callers := new(pulse.Callers)
		begin := func() *pulse.Server {
			t.Helper()
			p, err := pulse.Dial(t.Context(), pulse.Options{Server: s.PulseServer, Callers: callers})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = p.Close() })
			publish(t, p, pulse.PublishOptions{})
			return p
		}
		unload := func(p *pulse.Server) {
			t.Helper()
			time.Sleep(500 * time.Millisecond) // it has seen the call
			modules, err := s.Modules()
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range slices.Backward(modules) {
				if strings.Contains(m.Args, "stillmic.owner="+pulse.MicName) {
					if err := s.UnloadModule(m.Index); err != nil {
						t.Fatal(err)
					}
				}
			}
			_ = p.Close() // as the daemon does when the microphone is gone
		}
		p := begin()
		on := call(t, s)
		unload(p)
		on(soundserver.FakeMic, 5*time.Second)
		p = begin()
		t.Logf("back %v after the microphone", on(pulse.MicName, 5*time.Second).Round(10*time.Millisecond))
		time.Sleep(500 * time.Millisecond)
		on(pulse.MicName, 0)
		if err := s.AddMic("other", 48000, 1); err != nil {
			t.Fatal(err)
		}
		if s.Kind == soundserver.PipeWire {
			unload(p)
			on(soundserver.FakeMic, 5*time.Second)
			moveByHand(t, s, "other")
			p = begin()
			time.Sleep(time.Second)
			on("other", 0)
			moveByHand(t, s, pulse.MicName)
		}
		time.Sleep(500 * time.Millisecond)
		moveByHand(t, s, "other")
		unload(p)
		begin()
		time.Sleep(time.Second)
		on("other", 0)
	})
}
