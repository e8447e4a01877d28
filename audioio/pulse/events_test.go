//go:build linux

package pulse_test

import (
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pulse"
	"github.com/stillmic/stillmic/audioio/soundserver"
)

func TestEvents(t *testing.T) {
	eachServer(t, func(t *testing.T, s *soundserver.Server, p *pulse.Server) {
		if err := s.AddMic("headset", 48000, 1); err != nil {
			t.Fatal(err)
		}
		waitEvent(t, p, audioio.EventDeviceAdded, "headset")
		// PipeWire's session manager at times takes the default back from a device
		// that is new.
		stop := keepDefault(t, s, "headset")
		waitEvent(t, p, audioio.EventDefaultChanged, "headset")
		stop()
		if err := s.RemoveMic("headset"); err != nil {
			t.Fatal(err)
		}
		waitEvent(t, p, audioio.EventDeviceRemoved, "headset")
	})
}

// keepDefault makes a device the default, and again until stop is called.
func keepDefault(t *testing.T, s *soundserver.Server, name string) (stop func()) {
	t.Helper()
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			if _, source, err := s.Defaults(); err == nil && source != name {
				_ = s.SetDefaultSource(name) // or the next time
			}
			select {
			case <-quit:
				return
			case <-time.After(100 * time.Millisecond):
			}
		}
	}()
	return func() { close(quit); <-done }
}

func waitEvent(t *testing.T, p *pulse.Server, kind audioio.EventKind, device string) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		select {
		case e, ok := <-p.Events():
			if !ok {
				t.Fatalf("the events ended before %v of %q", kind, device)
			}
			t.Logf("%v: %q", e.Kind, e.Device.Name)
			if e.Kind == kind && e.Device.Name == device {
				return
			}
		case <-deadline:
			t.Fatalf("no event: %v of %q", kind, device)
		}
	}
}
