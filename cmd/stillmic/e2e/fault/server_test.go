//go:build linux

package fault

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/cmd/stillmic/e2e/stage"
	"github.com/stillmic/stillmic/daemon/control"
)

// Faults of the sound server.
var serverFaults = []fault{
	{name: "server killed and started again", quick: true, do: func(t *testing.T, s *faulty) time.Time {
		if err := s.Restart(); err != nil {
			t.Fatal(err)
		}
		return time.Now()
	}},
	{name: "server away for 5 s", do: func(t *testing.T, s *faulty) time.Time {
		s.Kill()
		s.T = t
		s.Await(stage.GiveUp, "waiting", func(st control.Status) bool { return st.State == control.WaitingForServer })
		time.Sleep(5 * time.Second)
		if err := s.Restart(); err != nil {
			t.Fatal(err)
		}
		return time.Now()
	}},
	{name: "pipewire-pulse alone killed and started again", only: soundserver.PipeWire, do: func(t *testing.T, s *faulty) time.Time {
		if err := s.RestartPulse(); err != nil {
			t.Fatal(err)
		}
		return time.Now()
	}},
	{name: "server stands still for half a second", quick: true, do: func(t *testing.T, s *faulty) time.Time {
		return s.freezeServer(t, 500*time.Millisecond)
	}},
	{name: "server stands still for 5 s", do: func(t *testing.T, s *faulty) time.Time {
		return s.freezeServer(t, 5*time.Second)
	}},
	{name: "our modules unloaded by somebody", quick: true, do: func(t *testing.T, s *faulty) time.Time {
		list, err := s.Modules()
		if err != nil {
			t.Fatal(err)
		}
		gone := false
		for _, m := range slices.Backward(list) {
			if strings.Contains(m.Args, "stillmic.owner") {
				if err := s.UnloadModule(m.Index); err != nil {
					t.Fatal(err)
				}
				gone = true
				break // what depends on it is the daemon's to clear away
			}
		}
		if !gone {
			t.Fatal("no module of ours is there to unload")
		}
		return time.Now()
	}},
}

// freezeServer stops the server for a time.
func (f *faulty) freezeServer(t *testing.T, d time.Duration) time.Time {
	t.Helper()
	if err := f.Pause(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(d)
	if err := f.Resume(); err != nil {
		t.Fatal(err)
	}
	return time.Now()
}
