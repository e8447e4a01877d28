//go:build linux

package call

import (
	"strings"
	"testing"
	"time"

	"github.com/jfreymuth/pulse/proto"

	"github.com/stillmic/stillmic/audioio/pulse"
	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/cmd/stillmic/e2e/stage"
	"github.com/stillmic/stillmic/daemon/control"
)

// Another filter that is chosen as the microphone begins to record Stillmic Microphone, as one
// that follows the default does: the loop is opened, with the reason in the status, and the filter
// used again once it records the microphone again.
func TestLoopIsOpened(t *testing.T) {
	stage.EachServer(t, func(t *testing.T, s *stage.Stage) {
		load := func(name, args string) uint32 {
			t.Helper()
			index, err := s.LoadModule(name, args)
			if err != nil {
				t.Fatal(err)
			}
			return index
		}
		load("module-null-sink", "sink_name=line rate=48000 channels=1 channel_map=mono")
		filter := load("module-loopback", "source="+soundserver.FakeMic+" sink=line latency_msec=50")
		load("module-remap-source", "master=line.monitor source_name=filtered")
		s.RunDaemon()
		defer s.InCall()()
		s.Await(stage.GiveUp, "the filter is listed", func(control.Status) bool { return hasSource(s, "filtered") })
		s.Post("/v1/device", map[string]string{"device": "filtered"})
		used := func(st control.Status) bool { return st.Source == "filtered" && st.State == control.Running }
		s.Await(stage.GiveUp, "the filter is the microphone", used)
		moveModule(s, filter, pulse.MicName)
		begin := time.Now()
		s.Await(stage.GiveUp, "the loop is opened", func(st control.Status) bool {
			return st.State == control.WaitingForDevice && strings.Contains(st.Reason, "module-loopback")
		})
		t.Logf("opened after %v", time.Since(begin).Round(10*time.Millisecond))
		moveModule(s, filter, soundserver.FakeMic)
		begin = time.Now()
		s.Await(stage.GiveUp, "the filter is the microphone again", used)
		t.Logf("used again after %v", time.Since(begin).Round(10*time.Millisecond))
	})
}

// hasSource reports whether the server has a source.
func hasSource(s *stage.Stage, name string) bool {
	s.T.Helper()
	names, err := s.Sources()
	if err != nil {
		s.T.Fatal(err)
	}
	return strings.Contains(" "+strings.Join(names, " ")+" ", " "+name+" ")
}

// moveModule has a module record another source.
func moveModule(s *stage.Stage, module uint32, source string) {
	s.T.Helper()
	var list proto.GetSourceOutputInfoListReply
	if err := s.Request(&proto.GetSourceOutputInfoList{}, &list); err != nil {
		s.T.Fatal(err)
	}
	for _, r := range list {
		if r.ModuleIndex != module {
			continue
		}
		if err := s.MoveRecording(r.SourceOutpuIndex, source); err != nil {
			s.T.Fatal(err)
		}
		return
	}
	s.T.Fatalf("module %d records nothing", module)
}
