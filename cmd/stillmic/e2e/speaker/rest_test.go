//go:build linux

package speaker

import (
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/cmd/stillmic/e2e/stage"
	"github.com/stillmic/stillmic/daemon/control"
)

// While nobody plays and nobody records, the daemon with its speaker takes a thousandth of a core; the
// test allows three.
func TestSpeakerRests(t *testing.T) {
	stage.EachServer(t, func(t *testing.T, s *stage.Stage) {
		s.RunDaemon()
		switchOn(s, "gentle")
		s.Await(stage.GiveUp, "the microphone suspended", func(st control.Status) bool { return st.State == control.Suspended })
		time.Sleep(8 * time.Second) // until PipeWire has reported the devices that it suspends, 5 s after their last use
		stage.UntilClean(t, func() string {
			begin, err := soundserver.CPUTime(s.Daemon.Process.Pid)
			if err != nil {
				t.Fatal(err)
			}
			const watched = 6 * time.Second
			time.Sleep(watched)
			end, err := soundserver.CPUTime(s.Daemon.Process.Pid)
			if err != nil {
				t.Fatal(err)
			}
			percent := 100 * (end - begin).Seconds() / watched.Seconds()
			t.Logf("REST %.3f %% of a core", percent)
			if percent > 0.3 {
				return "it is more than 0.3 %"
			}
			return ""
		})
	})
}
