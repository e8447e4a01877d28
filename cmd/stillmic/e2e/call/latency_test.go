//go:build linux

package call

import (
	"fmt"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pulse"
	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/cmd/stillmic/e2e/stage"
	"github.com/stillmic/stillmic/daemon/control"
)

// In a call the latency goes from 40 to 20 ms and back without a click, and the status
// declares what it is. The 20 ms between the two are eight periods of the tone, so that it
// goes on as if nothing had happened.
func TestLatencyChangesInCall(t *testing.T) {
	const hz = 400
	stage.EachServer(t, func(t *testing.T, s *stage.Stage) {
		s.PlayMic(soundserver.Sine(audioio.SampleRate, hz, stage.TonePeak))
		s.StartDaemon("--strength", "off")
		end := s.InCall()
		defer end()
		declared := func(ms float64, b control.LatencyBudget) {
			s.Await(stage.GiveUp, fmt.Sprintf("at %s", b), func(st control.Status) bool {
				// The voice processing adds less than 5 ms.
				return st.Budget == b && st.Latency.AlgorithmMS >= ms && st.Latency.AlgorithmMS < ms+5
			})
		}
		change := func(b control.LatencyBudget) func() {
			return func() { s.Post("/v1/latency", map[string]any{"latency": b}) }
		}
		declared(40, control.Latency40)
		stage.UntilClean(t, func() string {
			defer change(control.Latency40)()
			timers := []*time.Timer{
				time.AfterFunc((stage.Settle+1)*time.Second, change(control.Latency20)),
				time.AfterFunc((stage.Settle+3)*time.Second, change(control.Latency40)),
			}
			defer func() {
				for _, timer := range timers {
					timer.Stop()
				}
			}()
			r := s.RecordFor((stage.Settle+4)*time.Second, pulse.MicName, soundserver.FakeMic)
			out, mic := r[0].Samples[stage.Settle*audioio.SampleRate:], r[1].Samples[stage.Settle*audioio.SampleRate:]
			heard, own := soundserver.Clicks(out, hz, stage.TonePeak, 0.02), soundserver.Clicks(mic, hz, stage.TonePeak, 0.02)
			if len(heard) > len(own) {
				return fmt.Sprintf("clicks at %v, in the microphone itself at %v", heard, own)
			}
			return ""
		})
		change(control.Latency20)()
		declared(20, control.Latency20)
		change(control.Latency40)()
		declared(40, control.Latency40)
	})
}
