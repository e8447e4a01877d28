//go:build linux

package call

import (
	"context"
	"fmt"
	"math"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/pulse"
	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/audioio/wav"
	"github.com/stillmic/stillmic/cmd/stillmic/e2e/stage"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/focus"
	"github.com/stillmic/stillmic/daemon/synth"
)

// person is one of two people at the fake microphone.
type person int

const (
	owner person = iota
	other
)

// conversation has one of two people speak into the fake microphone at a time.
type conversation struct {
	s      *stage.Stage
	voices [2][]float32
	turn   atomic.Int32
	at     int
}

// newConversation has the owner speak, until the test ends.
func newConversation(s *stage.Stage) *conversation {
	s.T.Helper()
	c := &conversation{s: s}
	for who, voice := range []string{owner: "en-us", other: "en-us+f3"} {
		x, err := synth.Speech(s.T.Context(), voice, 0.1, synth.Sentences...)
		if err != nil {
			s.T.Skip("SKIPPED: espeak-ng is not installed, nobody speaks:", err)
		}
		c.voices[who] = x
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.PlayFunc(ctx, soundserver.FakeMicSink, c.next) }()
	s.T.Cleanup(func() {
		stop()
		<-done
	})
	return c
}

// next gives the microphone's sound.
func (c *conversation) next(p []float32) int {
	x := c.voices[c.turn.Load()]
	for i := range p {
		p[i] = x[c.at%len(x)]
		c.at++
	}
	return len(p)
}

// recording writes what one of them says into a file, and returns its path.
func (c *conversation) recording(who person) string {
	c.s.T.Helper()
	path := filepath.Join(c.s.T.TempDir(), "voice.wav")
	x := append(append([]float32{}, c.voices[who]...), c.voices[who]...)
	if err := wav.WriteFile(path, pcm.Format{Rate: audioio.SampleRate, Channels: 1, Encoding: pcm.Int16}, x); err != nil {
		c.s.T.Fatal(err)
	}
	return path
}

// lowered has one of them speak and returns by how many dB callers hear less of that than the microphone does.
func (c *conversation) lowered(who person) float64 {
	c.s.T.Helper()
	c.turn.Store(int32(who))
	time.Sleep(4 * time.Second) // what was before is forgotten
	r := c.s.RecordFor(6*time.Second, soundserver.FakeMic, pulse.MicName)
	raw, clean := soundserver.RMS(r[0].Samples), soundserver.RMS(r[1].Samples)
	if raw < 1e-3 {
		c.s.T.Fatalf("nobody is heard by the microphone: %g", raw)
	}
	return 20 * math.Log10(raw/max(clean, 1e-9))
}

// command runs stillmic as the user does.
func (c *conversation) command(args ...string) string {
	c.s.T.Helper()
	exe, err := stage.Program()
	if err != nil {
		c.s.T.Fatal(err)
	}
	cmd := exec.CommandContext(c.s.T.Context(), exe, args...)
	cmd.Env = c.s.Env()
	out, err := cmd.CombinedOutput()
	if err != nil {
		c.s.T.Fatalf("stillmic %v: %v: %s", args, err, out)
	}
	return string(out)
}

// Two people speak in turn into the microphone, and callers hear one: the voice that is enrolled stays as it is, the
// other is 10 dB softer. Without focus both stay, and so they do once the print is deleted.
func TestFocusKeepsOneVoice(t *testing.T) {
	stage.EachServer(t, func(t *testing.T, s *stage.Stage) {
		c := newConversation(s)
		s.RunDaemon()
		s.Post("/v1/preset", map[string]string{"preset": ""}) // the level is measured
		end := s.InCall()
		defer end()
		before := map[person]float64{owner: c.lowered(owner), other: c.lowered(other)}
		plain, err := s.Status()
		if err != nil {
			t.Fatal(err)
		}

		c.command("voiceprint", "enroll", "--from", c.recording(owner))
		c.command("focus", "me")
		stage.UntilClean(t, func() string {
			mine, theirs := c.lowered(owner)-before[owner], c.lowered(other)-before[other]
			st, err := s.Status()
			if err != nil {
				t.Fatal(err)
			}
			if d := st.Latency.AlgorithmMS - plain.Latency.AlgorithmMS; math.Abs(d-10) > 0.1 {
				t.Fatalf("with focus the delay is %.1f ms more, want 10", d)
			}
			t.Logf("FOCUS owner %+.1f dB, the other %+.1f dB, latency %.1f ms, another is said to speak: %v",
				-mine, -theirs, st.LatencyMS, st.Focus.Other)
			if math.Abs(mine) > 2 || theirs < 10 || !st.Focus.Other {
				return fmt.Sprintf("the owner is %.1f dB softer, want 2 at most, the other %.1f dB, want 10, said: %v", mine, theirs, st.Focus.Other)
			}
			return ""
		})

		c.command("voiceprint", "delete")
		s.Await(stage.GiveUp, "without a print", func(st control.Status) bool { return st.Focus.State == focus.NoPrint })
		if theirs := c.lowered(other) - before[other]; math.Abs(theirs) > 2 {
			t.Errorf("without the print the other is %.1f dB softer", theirs)
		}
	})
}
