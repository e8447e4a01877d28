//go:build linux

package call

import (
	"fmt"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pulse"
	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/cmd/stillmic/e2e/stage"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/demo"
	"github.com/stillmic/stillmic/daemon/priority"
	"github.com/stillmic/stillmic/daemon/synth"
)

// A noisy voice comes out cleaner: that is what the product is for.
func TestSpeechComesOutCleaner(t *testing.T) {
	stage.EachServer(t, func(t *testing.T, s *stage.Stage) {
		noisy, voice, err := demo.NoisyVoice(t.Context(), 5, synth.Sentences[:2]...)
		if err != nil {
			t.Fatal(err)
		}
		s.PlayMic(noisy)
		s.RunDaemon()
		stage.UntilClean(t, func() string { return cleaner(s, noisy, voice) })
	})
}

// cleaner records what went in and what came out and says what is wrong if the
// voice is not 3 dB cleaner.
func cleaner(s *stage.Stage, noisy, voice []float32) string {
	priority.Raise()
	rec := s.RecordFor(15*time.Second, soundserver.FakeMic, pulse.MicName)
	stage.Calm(s.T)
	st, err := s.Status()
	if err != nil {
		s.T.Fatal(err)
	}
	before, after := rec[0].Samples[stage.Settle*audioio.SampleRate:], rec[1].Samples[stage.Settle*audioio.SampleRate:]
	q, err := demo.Measure(demo.Align(noisy, voice, before, after))
	if err != nil {
		return err.Error()
	}
	lags := demo.Lags(rec[0], rec[1], stage.Settle*time.Second, 9)
	slices.Sort(lags)
	if len(lags) == 0 {
		return "too little was recorded at the same time"
	}
	s.T.Logf("SI-SDR %.1f -> %.1f dB, noise of pauses %.1f dB further down, speech %+.1f dB; %.1f ms added (status says %.1f in all); frame %.0f us; %d xruns, %d late frames",
		q.SISDRBefore, q.SISDRAfter, q.NoiseRemovedDB, q.SpeechChangeDB, lags[len(lags)/2], st.LatencyMS, st.FrameUS.P50, st.Xruns, st.MissedDeadlines)
	if q.SISDRAfter < q.SISDRBefore+3 {
		return fmt.Sprintf("SI-SDR %.1f dB before and %.1f dB after, want 3 dB more", q.SISDRBefore, q.SISDRAfter)
	}
	return ""
}

// A tone passes without a gap or a click.
func TestNothingIsLost(t *testing.T) {
	stage.EachServer(t, func(t *testing.T, s *stage.Stage) {
		s.PlayMic(soundserver.Sine(audioio.SampleRate, stage.ToneHz, stage.TonePeak))
		s.RunDaemon("--strength", "off")
		stage.UntilClean(t, func() string { return lost(s) })
	})
}

// lost records the tone and says what is wrong with it.
func lost(s *stage.Stage) string {
	priority.Raise()
	stalls := soundserver.WatchStalls(5 * time.Millisecond)
	rec := s.RecordFor((stage.Settle+10)*time.Second, soundserver.FakeMic, pulse.MicName)
	seen := stalls.Stop()
	stage.Calm(s.T)
	mic, out := rec[0].Samples[stage.Settle*audioio.SampleRate:], rec[1].Samples[stage.Settle*audioio.SampleRate:]
	heard := soundserver.Clicks(out, stage.ToneHz, stage.TonePeak, 0.02)
	own := soundserver.Clicks(mic, stage.ToneHz, stage.TonePeak, 0.02)
	gaps := soundserver.Gaps(out, 48, 1e-4)
	s.T.Logf("%d clicks, %d gaps; the microphone itself %d; the machine: %v", len(heard), len(gaps), len(own), seen)
	// What the microphone has, or the machine's standing still brings about, is
	// not ours.
	if len(heard) > len(own)+seen.Count {
		return fmt.Sprintf("%d clicks at %v", len(heard), heard)
	}
	return ""
}

// Whatever way it ends, nothing is left; and it takes over from one that was
// killed.
func TestKilledAndRestarted(t *testing.T) {
	stage.EachServer(t, func(t *testing.T, s *stage.Stage) {
		before := s.ModuleList()
		s.RunDaemon()
		running := s.ModuleList()
		if len(running) <= len(before) {
			t.Fatalf("modules: %q, no more than before", running)
		}
		if err := s.SignalDaemon(syscall.SIGKILL); err == nil {
			t.Fatal("killed without an error")
		}
		if left := s.ModuleList(); !slices.Equal(left, running) {
			t.Fatalf("killed, its modules went: %q", left) // then this tests nothing
		}
		s.RunDaemon()
		if again := s.ModuleList(); len(again) != len(running) {
			t.Errorf("modules after taking over: %q, want as many as %q", again, running)
		}
		if err := s.SignalDaemon(syscall.SIGTERM); err != nil {
			t.Errorf("told to stop: %v", err)
		}
		if after := s.ModuleList(); !slices.Equal(after, before) {
			t.Errorf("modules were %q, are %q", before, after)
		}
	})
}

// When Stillmic Microphone becomes the default, the daemon stays with the real
// one; when another real one does, it follows.
func TestDefaultMicrophone(t *testing.T) {
	stage.EachServer(t, func(t *testing.T, s *stage.Stage) {
		s.PlayMic(soundserver.Sine(audioio.SampleRate, 440, 0.3))
		s.RunDaemon("--strength", "off")
		if err := s.SetDefaultSource(pulse.MicName); err != nil {
			t.Fatal(err)
		}
		stage.UntilClean(t, func() string {
			rec := s.RecordFor((stage.Settle+2)*time.Second, pulse.MicName)
			stage.Calm(t)
			if level := soundserver.RMS(rec[0].Samples[stage.Settle*audioio.SampleRate:]); level < 0.2 || level > 0.23 {
				return fmt.Sprintf("level %.3f while it is the default, want that of the tone, 0.212", level)
			}
			return ""
		})
		if st, err := s.Status(); err != nil || st.Source != soundserver.FakeMic {
			t.Errorf("records %q, %v", st.Source, err)
		}
		if err := s.AddMic("headset", 16000, 1); err != nil {
			t.Fatal(err)
		}
		// PipeWire's session manager at times takes the default back from a device
		// that is new.
		begin := time.Now()
		s.Await(10*time.Second, "recording the headset", func(st control.Status) bool {
			if _, source, err := s.Defaults(); err == nil && source != "headset" {
				_ = s.SetDefaultSource("headset") // or the next time
			}
			return st.Source == "headset"
		})
		t.Logf("followed in %v", time.Since(begin).Round(time.Millisecond))
	})
}

// The microphone is pulled out and comes back, the server dies and comes back:
// audio is there again without a person doing anything.
func TestComesBack(t *testing.T) {
	stage.EachServer(t, func(t *testing.T, s *stage.Stage) {
		s.RunDaemon("--device", soundserver.FakeMic)
		if err := s.RemoveMic(soundserver.FakeMic); err != nil {
			t.Fatal(err)
		}
		s.Await(10*time.Second, "waiting", func(st control.Status) bool { return st.State == control.WaitingForDevice })
		if err := s.AddMic(soundserver.FakeMic, 48000, 2); err != nil {
			t.Fatal(err)
		}
		s.PlayMic(soundserver.Noise(audioio.SampleRate, 0.1, 1))
		took := s.Await(20*time.Second, "running", func(st control.Status) bool { return st.State == control.Running })
		t.Logf("the microphone is back: audio after %v", took.Round(time.Millisecond))
		s.Kill()
		s.Await(10*time.Second, "waiting", func(st control.Status) bool { return st.State == control.WaitingForServer })
		if err := s.Restart(); err != nil {
			t.Fatal(err)
		}
		took = s.Await(20*time.Second, "running", func(st control.Status) bool { return st.State == control.Running })
		t.Logf("the server is back: audio after %v", took.Round(time.Millisecond))
	})
}

// The strength can be changed while it runs.
func TestStrengthOverTheSocket(t *testing.T) {
	s := &stage.Stage{Server: soundserver.StartPulseAudio(t), T: t}
	s.PlayMic(soundserver.Noise(5*audioio.SampleRate, 0.3, 3))
	s.RunDaemon("--strength", "max")
	level := func() float64 {
		return soundserver.DB(soundserver.RMS(s.RecordFor(3*time.Second, pulse.MicName)[0].Samples[audioio.SampleRate:]))
	}
	cleaned := level()
	s.Post("/v1/strength", map[string]any{"strength": 6})
	limited := level()
	s.Post("/v1/bypass", map[string]any{"on": true})
	raw := level()
	t.Logf("noise comes out at %.1f dB with max, %.1f dB with 6 dB, %.1f dB bypassed", cleaned, limited, raw)
	if cleaned > raw-10 || limited > raw-3 || limited < raw-8 {
		t.Errorf("noise at %.1f, %.1f and %.1f dB: want 10 dB, about 6 dB and nothing removed", cleaned, limited, raw)
	}
	if st, err := s.Status(); err != nil || !st.Bypass || st.StrengthDB != 6 {
		t.Errorf("status: %+v, %v", st, err)
	}
}
