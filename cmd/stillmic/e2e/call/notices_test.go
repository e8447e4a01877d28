//go:build linux

package call

import (
	"slices"
	"strings"
	"testing"

	"github.com/stillmic/stillmic/audioio/pulse"
	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/cmd/stillmic/e2e/stage"
	"github.com/stillmic/stillmic/daemon/control"
)

// The status says at once what keeps a clean voice from the callers: a mixer that has muted
// something, and programs that record the microphone itself; and it says so no longer than that.
func TestNotices(t *testing.T) {
	stage.EachServer(t, func(t *testing.T, s *stage.Stage) {
		s.RunDaemon()
		defer s.InCall()()
		has := func(want string) func(control.Status) bool {
			return func(st control.Status) bool {
				return slices.ContainsFunc(st.Notices, func(n string) bool { return strings.HasPrefix(n, want) })
			}
		}
		none := func(st control.Status) bool { return len(st.Notices) == 0 && st.State == control.Running }
		s.Await(stage.GiveUp, "nothing to say", none)
		for source, want := range map[string]string{
			pulse.MicName: "Stillmic Microphone is muted", soundserver.FakeMic: "your microphone is muted"} {
			pactl(s, "set-source-mute", source, "1")
			s.Await(stage.GiveUp, want, has(want))
			pactl(s, "set-source-mute", source, "0")
			s.Await(stage.GiveUp, "nothing to say", none)
		}
		end := recorder(t, s, "parec", "-d", soundserver.FakeMic, "--raw", "--client-name=other")
		s.Await(stage.GiveUp, "another records the microphone", has("other records your microphone"))
		end()
		s.Await(stage.GiveUp, "nothing to say", none)
	})
}
