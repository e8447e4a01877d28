//go:build linux

package pulse_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pulse"
	"github.com/stillmic/stillmic/audioio/soundserver"
)

// A program begins to record the real microphone: that is news. It is moved to the virtual one,
// and stillmic's own recording stays.
func TestMoveRecorders(t *testing.T) {
	eachServer(t, func(t *testing.T, s *soundserver.Server, p *pulse.Server) {
		publish(t, p, pulse.PublishOptions{})
		capture(t, p, soundserver.FakeMic)
		settle := time.After(2 * time.Second)
		for quiet := false; !quiet; {
			select {
			case <-p.Events():
			case <-settle:
				quiet = true
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_ = s.Call(ctx, func([]float32, time.Time) {}, soundserver.FakeMic)
		}()
		defer func() { cancel(); <-ended }()
		recording := func(source string) (n int) {
			list, err := p.Recorders()
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range list {
				if r.Source == source && !r.Stillmic {
					n++
				}
			}
			return n
		}
		await := func(what string, ok func() bool) {
			t.Helper()
			for begin := time.Now(); !ok(); time.Sleep(10 * time.Millisecond) {
				if time.Since(begin) > 20*time.Second {
					t.Fatalf("not %s", what)
				}
			}
		}
		for deadline := time.After(20 * time.Second); ; {
			select {
			case ev := <-p.Events():
				if ev.Kind == audioio.EventListenersChanged && recording(soundserver.FakeMic) == 1 {
					goto told
				}
			case <-deadline:
				t.Fatal("nobody was told that a program records the microphone itself")
			}
		}
	told:
		list, err := p.Recorders()
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range list {
			if r.Source != soundserver.FakeMic || r.Stillmic {
				continue
			}
			if err := p.MoveRecorder(r.Stream, "nothing"); !errors.Is(err, audioio.ErrNoDevice) {
				t.Errorf("to a source that is not there: %v", err)
			}
			if err := p.MoveRecorder(r.Stream, pulse.MicName); err != nil {
				t.Error(err)
			}
		}
		await("moved", func() bool { return recording(pulse.MicName) == 1 && recording(soundserver.FakeMic) == 0 })
	})
}
