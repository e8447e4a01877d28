//go:build linux

package speaker

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/cmd/stillmic/e2e/stage"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/synth"
)

// song is a chord every 0.4 s, of plucked strings that stand at different places, in steps that 16
// bits hold exactly. No two of its seconds are the same.
func song(n int) (frames []float32) {
	const note = 2 * audioio.SampleRate / 5
	chords := [][]float64{{220, 277.2, 329.6}, {196, 246.9, 293.7}, {174.6, 220, 261.6}, {164.8, 207.7, 246.9}}
	for i := range n {
		at := float64(i%note) / audioio.SampleRate
		var left, right float64
		for j, f := range chords[i/note%len(chords)] {
			f *= 1 + float64(i/note)/1000
			for k := 1.0; k <= 4; k++ {
				v := 0.05 / k * math.Exp(-3*at) * math.Sin(2*math.Pi*k*f*float64(i)/audioio.SampleRate)
				left += v * float64(j+1) / 3
				right += v * float64(3-j) / 3
			}
		}
		frames = append(frames, float32(math.Round(left*32768)/32768), float32(math.Round(right*32768)/32768))
	}
	return frames
}

// Music comes out bit for bit, in both channels, from 2 s after it began.
func TestSpeakerLeavesMusicAlone(t *testing.T) {
	stage.EachServer(t, func(t *testing.T, s *stage.Stage) {
		s.RunDaemon()
		switchOn(s, "strong")
		x := song(seconds(40))
		begin := time.Now()
		farEnd(s, speakerName, x)
		awaitRunning(s, "Speakers")
		s.Await(stage.GiveUp, "music", func(st control.Status) bool { return st.Speaker.Music })
		t.Logf("MUSIC after %.2f s", time.Since(begin).Seconds())
		if took := time.Since(begin); took > 4*time.Second { // 2 s, and a machine under load
			t.Errorf("music is known after %v", took)
		}
		// A machine that stands still makes gaps, after which the clocks are matched for a while.
		const enough = audioio.SampleRate // samples of two channels: half a second
		for begin := time.Now(); ; {
			frames := recordStereo(s, soundserver.Speakers, 2*time.Second)
			n := run(frames, x)
			st, _ := s.Status()
			t.Logf("EXACT %d of %d samples in a row; %+v", n, len(frames), st.Speaker)
			if n >= enough {
				break
			}
			if time.Since(begin) > time.Minute {
				t.Errorf("only %d of %d samples in a row are those that were played", n, len(frames))
				break
			}
		}
	})
}

// run returns how many of frames in a row are in x, to within a step of 16 bits.
func run(frames, x []float32) (most int) {
	for from := 0; from < len(frames); from += len(frames) / 8 &^ 1 {
		most = max(most, runFrom(frames[from:], x))
	}
	return most
}

func runFrom(frames, x []float32) (most int) {
	const probe = 2000 // samples that occur nowhere else
	same := func(a, b []float32) (n int) {
		for n < min(len(a), len(b)) && max(a[n]-b[n], b[n]-a[n]) <= 1.0/32768 {
			n++
		}
		return n
	}
	for at := 0; at < len(x); at += 2 {
		if n := same(frames, x[at:]); n >= probe {
			most = max(most, n)
		}
	}
	return most
}

// recordStereo records what an output plays.
func recordStereo(s *stage.Stage, output string, d time.Duration) (frames []float32) {
	s.T.Helper()
	ctx, stop := context.WithTimeout(context.Background(), d+10*time.Second)
	defer stop()
	err := s.ListenStereo(ctx, func(x []float32) {
		if frames = append(frames, x...); len(frames) >= 2*seconds(d.Seconds()) {
			stop()
		}
	}, output+".monitor")
	if err != nil {
		s.T.Fatal(err)
	}
	return frames
}

// The sound is as much later as the status says, or a little more: 10 ms for a hop, and what
// lies ready in the server.
func TestSpeakerDelay(t *testing.T) {
	stage.EachServer(t, func(t *testing.T, s *stage.Stage) {
		s.RunDaemon()
		switchOn(s, "gentle")
		x := synth.Voice(seconds(10), 5) // not noise, of which nothing is left where the clocks are matched
		farEnd(s, speakerName, stereo(x, x))
		awaitRunning(s, "Speakers")
		time.Sleep(4 * time.Second)
		stage.UntilClean(t, func() string {
			ctx, stop := context.WithTimeout(context.Background(), time.Minute)
			defer stop()
			in, out, err := s.RecordPair(ctx, speakerName+".monitor", soundserver.Speakers+".monitor", time.Second)
			if err != nil {
				t.Fatal(err)
			}
			lag, corr := soundserver.Lag(in, out, seconds(0.4))
			st, _ := s.Status()
			t.Logf("DELAY %.1f ms (correlation %.2f), by the status %.1f ms", 1000*lag/audioio.SampleRate, corr, st.Speaker.DelayMS)
			if ms := 1000 * lag / audioio.SampleRate; corr < 0.5 || ms < 10 || ms > 90 {
				return fmt.Sprintf("a delay of %.1f ms (correlation %.2f)", ms, corr)
			}
			return ""
		})
	})
}
