//go:build linux

package pulse_test

import (
	"context"
	"math"
	"sync"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/soundserver"
)

// heard is what a reference tells.
type heard struct {
	mu     sync.Mutex
	output audioio.Output
	energy float64 // since the last look
}

func (h *heard) samples(p []float32) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, v := range p {
		h.energy += float64(v) * float64(v)
	}
}

func (h *heard) changed(o audioio.Output) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.output = o
}

// until waits until an output is heard, and returns what is known of it.
func (h *heard) until(t *testing.T, name string) audioio.Output {
	t.Helper()
	h.mu.Lock()
	h.energy = 0
	h.mu.Unlock()
	for begin := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		h.mu.Lock()
		output, energy := h.output, h.energy
		if output.Name != name {
			h.energy = 0
		}
		h.mu.Unlock()
		if output.Name == name && energy > 1 {
			return output
		}
		if time.Since(begin) > 20*time.Second {
			t.Fatalf("%s is not heard, but %+v, energy %g", name, output, energy)
		}
	}
}

// What the default output plays is heard, and what another plays that becomes the default;
// headphones are known.
func TestReferenceFollowsTheOutput(t *testing.T) {
	for _, kind := range []soundserver.Kind{soundserver.PulseAudio, soundserver.PipeWire} {
		t.Run(string(kind), func(t *testing.T) {
			s := soundserver.StartKind(t, kind)
			if _, err := s.LoadModule("module-null-sink", "sink_name=phones rate=48000 channels=2 "+
				"sink_properties='device.description=Phones device.form_factor=headphone'"); err != nil {
				t.Fatal(err)
			}
			set := func(sink string) {
				t.Helper()
				if err := s.SetDefaultSink(sink); err != nil {
					t.Fatal(err)
				}
			}
			set(soundserver.Speakers)
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			for _, sink := range []string{soundserver.Speakers, "phones"} {
				go func() { _ = s.PlayLoop(ctx, sink, soundserver.Sine(audioio.SampleRate, 440, math.Sqrt2/10)) }()
			}
			var h heard
			r, err := dial(t, s).OpenReference(h.samples, h.changed)
			if err != nil {
				t.Fatal(err)
			}
			if h.until(t, soundserver.Speakers).Headphones {
				t.Error("the speakers are taken for headphones")
			}
			set("phones")
			if !h.until(t, "phones").Headphones {
				t.Error("the headphones are taken for speakers")
			}
			set(soundserver.Speakers)
			h.until(t, soundserver.Speakers)
			if err := r.Close(); err != nil {
				t.Error(err)
			}
			select {
			case <-r.Done():
			default:
				t.Error("it is closed, and not done")
			}
		})
	}
}

// The sources of module-echo-cancel are known as such.
func TestEchoCancelled(t *testing.T) {
	s := soundserver.StartPulseAudio(t)
	if _, err := s.LoadModule("module-echo-cancel", "source_master="+soundserver.FakeMic+" sink_master="+soundserver.Speakers+
		" source_name=quiet aec_method=null"); err != nil {
		t.Fatal(err)
	}
	p := dial(t, s)
	for name, want := range map[string]bool{"quiet": true, soundserver.FakeMic: false} {
		got, err := p.EchoCancelled(name)
		if err != nil || got != want {
			t.Errorf("%s: %v (%v), want %v", name, got, err, want)
		}
	}
}
