//go:build linux

package fault

import (
	"fmt"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio/pulse"
	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/cmd/stillmic/e2e/stage"
	"github.com/stillmic/stillmic/daemon/control"
)

// Faults of the microphone.
var deviceFaults = append([]fault{
	{name: "microphone pulled out and put back", quick: true, do: func(t *testing.T, s *faulty) time.Time {
		return s.replug(t, 48000, 1)
	}},
	{name: "another microphone becomes the default and back", quick: true, do: func(t *testing.T, s *faulty) time.Time {
		if err := s.AddMic("headset", 16000, 1); err != nil {
			t.Fatal(err)
		}
		s.T = t
		s.useHeadset(t)
		if err := s.SetDefaultSource(soundserver.FakeMic); err != nil {
			t.Fatal(err)
		}
		whole := time.Now()
		s.Await(stage.GiveUp, "back", func(st control.Status) bool { return st.Source == soundserver.FakeMic })
		if err := s.RemoveMic("headset"); err != nil {
			t.Fatal(err)
		}
		return whole
	}},
	{name: "our own microphone becomes the default and back", quick: true, do: func(t *testing.T, s *faulty) time.Time {
		if err := s.SetDefaultSource(pulse.MicName); err != nil {
			t.Fatal(err)
		}
		whole := time.Now()
		s.back(t, whole) // it must not record itself
		if err := s.SetDefaultSource(soundserver.FakeMic); err != nil {
			t.Fatal(err)
		}
		return whole
	}},
}, otherFormats()...)

// otherFormats puts the microphone back with another rate and number of channels,
// as a headset that changes its profile does.
func otherFormats() (list []fault) {
	for _, rate := range []int{8000, 16000, 44100} {
		for channels := 1; channels <= 2; channels++ {
			list = append(list, fault{
				name: fmt.Sprintf("microphone put back with %d Hz and %d channels", rate, channels),
				do:   func(t *testing.T, s *faulty) time.Time { return s.replug(t, rate, channels) },
			})
		}
	}
	return append(list, fault{name: "microphone put back as it was", do: func(t *testing.T, s *faulty) time.Time {
		return s.replug(t, 48000, 1)
	}})
}

// useHeadset makes the headset the default until the daemon records it. PipeWire's
// session manager at times takes the default back from a device that is new.
func (f *faulty) useHeadset(t *testing.T) {
	t.Helper()
	for begin := time.Now(); time.Since(begin) < stage.GiveUp; time.Sleep(10 * time.Millisecond) {
		if _, source, err := f.Defaults(); err != nil {
			t.Fatal(err)
		} else if source != "headset" {
			if err := f.SetDefaultSource("headset"); err != nil {
				t.Fatal(err)
			}
		}
		if st, err := f.Status(); err == nil && st.Source == "headset" {
			return
		}
	}
	_, source, err := f.Defaults()
	st, serr := f.Status()
	t.Fatalf("the daemon does not follow to the new default microphone in %v: the server's default is %q (%v), the daemon records %q and knows %q (%v)",
		stage.GiveUp, source, err, st.Source, st.DefaultSource, serr)
}

// replug takes the microphone away and brings it back with a format.
func (f *faulty) replug(t *testing.T, rate, channels int) time.Time {
	t.Helper()
	if err := f.RemoveMic(soundserver.FakeMic); err != nil {
		t.Fatal(err)
	}
	f.T = t
	f.Await(stage.GiveUp, "waiting, and naming no microphone that is gone", func(st control.Status) bool {
		return st.State == control.WaitingForDevice && st.Source == "" && st.SourceDescription == ""
	})
	if err := f.AddMic(soundserver.FakeMic, rate, channels); err != nil {
		t.Fatal(err)
	}
	whole := time.Now()
	if err := f.SetDefaultSource(soundserver.FakeMic); err != nil {
		t.Fatal(err)
	}
	return whole
}
