//go:build linux

package call

import (
	"context"
	"math"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pulse"
	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/cmd/stillmic/e2e/stage"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/farend"
	"github.com/stillmic/stillmic/daemon/synth"
	"github.com/stillmic/stillmic/dsp"
)

// echoRoom is the way from loudspeaker to microphone: a response, and what it is still to be given.
type echoRoom struct {
	mu       sync.Mutex
	response []float32
	past     []float32 // as long as the response
	sink     string    // what plays
	waiting  *dsp.Ring
	late     atomic.Int64 // how often it had nothing for the microphone in time
}

// newEchoRoom makes a room of 60 ms, sparse so that a busy machine convolves in time.
func newEchoRoom() *echoRoom {
	r := rand.New(rand.NewPCG(1, 4))
	const n = audioio.SampleRate * 6 / 100
	h := make([]float32, n)
	h[40] = 0.5
	for range 150 {
		at := 60 + r.IntN(n-60)
		h[at] += float32(0.08 * r.NormFloat64() * math.Exp(-5*float64(at)/n))
	}
	return &echoRoom{response: h, past: make([]float32, n), waiting: dsp.NewRing(audioio.SampleRate)}
}

// heard takes what a loudspeaker plays and lets it come out at the microphone.
func (e *echoRoom) heard(sink string, x []float32) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if sink != e.sink {
		return
	}
	line := append(append([]float32{}, e.past...), x...)
	y := make([]float32, len(x))
	for k, g := range e.response {
		if g == 0 {
			continue
		}
		from := line[len(e.past)-k:]
		for i := range y {
			y[i] += g * from[i]
		}
	}
	copy(e.past, line[len(x):])
	e.waiting.Write(y)
}

// next gives the microphone's sound, silence where there is none.
func (e *echoRoom) next(p []float32) int {
	n := e.waiting.Read(p)
	if n < len(p) {
		e.late.Add(1)
	}
	clear(p[n:])
	return len(p)
}

// relay has what each of the sinks plays come out at the fake microphone until the test ends.
func (e *echoRoom) relay(s *stage.Stage, sinks ...string) {
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	monitors := make([]string, len(sinks))
	for i, name := range sinks {
		monitors[i] = name + ".monitor"
	}
	running.Go(func() {
		_ = s.Listen(ctx, func(source int, x []float32, _ time.Time) {
			e.heard(sinks[source], x)
		}, monitors...)
	})
	running.Go(func() { _ = s.PlayFunc(ctx, soundserver.FakeMicSink, e.next) })
	s.T.Cleanup(func() {
		stop()
		running.Wait()
	})
}

// echoLowered records both microphones and returns by how many dB ours is softer.
func echoLowered(s *stage.Stage, d time.Duration) float64 {
	r := s.RecordFor(d, soundserver.FakeMic, pulse.MicName)
	raw, clean := soundserver.RMS(r[0].Samples), soundserver.RMS(r[1].Samples)
	if raw < 1e-4 {
		s.T.Fatalf("the echo does not reach the microphone: %g", raw)
	}
	return 20 * math.Log10(raw/max(clean, 1e-9))
}

// Loudspeakers play a voice, which comes out of a made room into the microphone: after three
// seconds callers hear 20 dB less of it, and again three seconds after another output has become the default. With
// headphones, and with the canceller off, the microphone is left alone.
func TestEcho(t *testing.T) {
	stage.EachServer(t, func(t *testing.T, s *stage.Stage) {
		for _, sink := range []string{"television sink_properties=device.description=Television",
			"phones sink_properties='device.description=Phones device.form_factor=headphone'"} {
			if _, err := s.LoadModule("module-null-sink", "rate=48000 channels=2 sink_name="+sink); err != nil {
				t.Fatal(err)
			}
		}
		room := newEchoRoom()
		to := func(sink string) {
			t.Helper()
			room.mu.Lock()
			room.sink = sink
			room.mu.Unlock()
			if err := s.SetDefaultSink(sink); err != nil {
				t.Fatal(err)
			}
		}
		to(soundserver.Speakers)
		// A strength of next to nothing: what is measured is the canceller alone.
		s.RunDaemon("--strength", "0.01", "--model", "small")
		s.Post("/v1/preset", map[string]string{"preset": ""})
		end := s.InCall()
		defer end()
		room.relay(s, soundserver.Speakers, "television", "phones")
		ctx, stop := context.WithCancel(context.Background())
		defer stop()
		go func() { _ = s.PlayLoop(ctx, "", synth.Voice(20*audioio.SampleRate, 7)) }()
		s.Await(stage.GiveUp, "working", func(st control.Status) bool { return st.Echo.State == farend.Working })
		time.Sleep(3 * time.Second)
		check := func(where string) {
			t.Helper()
			// A machine that stands still makes the test's room late, which is another room to
			// the canceller: it gets four more chances to learn it, and none counts in which
			// that happens.
			for tries, judged := 0, 0; judged < 5 && tries < 12; tries++ {
				late := room.late.Load()
				db := echoLowered(s, 3*time.Second)
				st, _ := s.Status()
				late = room.late.Load() - late
				t.Logf("ECHO %s: %.1f dB less, the room late %d times, %+v", where, db, late, st.Echo)
				if db >= 20 {
					return
				}
				if late > 0 {
					continue
				}
				if judged++; judged == 5 {
					t.Errorf("%s: the echo is lowered by %.1f dB, want 20", where, db)
				}
			}
		}
		check("loudspeakers")
		to("television")
		s.Await(stage.GiveUp, "another output", func(st control.Status) bool { return st.Echo.Output == "Television" })
		time.Sleep(3 * time.Second)
		check("another output")
		to("phones")
		s.Await(stage.GiveUp, "headphones", func(st control.Status) bool { return st.Echo.State == farend.Headphones })
		time.Sleep(time.Second)
		if db := echoLowered(s, 2*time.Second); db > 3 {
			t.Errorf("with headphones the microphone is lowered by %.1f dB", db)
		}
		to(soundserver.Speakers)
		s.Post("/v1/echo", map[string]string{"mode": "off"})
		time.Sleep(time.Second)
		if db := echoLowered(s, 2*time.Second); db > 3 {
			t.Errorf("switched off, the microphone is lowered by %.1f dB", db)
		}
	})
}
