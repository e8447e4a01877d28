//go:build linux

package speaker

import (
	"testing"

	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/cmd/stillmic/e2e/stage"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/farend"
	"github.com/stillmic/stillmic/daemon/synth"
)

// The echo canceller listens to what Stillmic Speaker plays on, also where that is the default
// output itself, or plays on an output that is not.
func TestEchoHearsTheSpeaker(t *testing.T) {
	stage.EachServer(t, func(t *testing.T, s *stage.Stage) {
		if _, err := s.LoadModule("module-null-sink",
			"rate=48000 channels=2 sink_name=television sink_properties=device.description=Television"); err != nil {
			t.Fatal(err)
		}
		if err := s.SetDefaultSink(soundserver.Speakers); err != nil {
			t.Fatal(err)
		}
		s.RunDaemon()
		switchOn(s, "off")
		if err := s.SetDefaultSink(speakerName); err != nil {
			t.Fatal(err)
		}
		defer s.InCall()()
		x := synth.Voice(seconds(10), 5)
		farEnd(s, speakerName, stereo(x, x))
		hears := func(output string) {
			t.Helper()
			took := s.Await(stage.GiveUp, "the echo of "+output, func(st control.Status) bool {
				return st.Echo.State == farend.Working && st.Echo.Output == output
			})
			t.Logf("%s heard after %v", output, took)
		}
		hears("Speakers")
		s.Post("/v1/speaker", map[string]string{"device": "television"})
		hears("Television")
	})
}
