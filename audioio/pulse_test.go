//go:build linux

package audioio_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/audiotest"
)

// The test tone: a frequency that no fragment is a whole number of periods of.
const (
	toneHz   = 997
	tonePeak = 0.5
)

// eachServer runs a test against a new server of each kind.
func eachServer(t *testing.T, test func(t *testing.T, s *audiotest.Server, p *audioio.Pulse)) {
	for _, kind := range []audiotest.Kind{audiotest.PulseAudio, audiotest.PipeWire} {
		t.Run(string(kind), func(t *testing.T) {
			s := audiotest.StartKind(t, kind)
			test(t, s, dial(t, s))
		})
	}
}

func dial(t *testing.T, s *audiotest.Server) *audioio.Pulse {
	t.Helper()
	t.Setenv("XDG_RUNTIME_DIR", s.RuntimeDir) // the FIFO goes here
	p, err := audioio.DialPulse(t.Context(), audioio.PulseOptions{Server: s.PulseServer})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return p
}

// playTone plays the test tone into a sink until the test ends.
func playTone(t *testing.T, s *audiotest.Server, sink string) {
	t.Helper()
	playLoop(t, s, sink, audiotest.Sine(audioio.SampleRate, toneHz, tonePeak))
}

func playLoop(t *testing.T, s *audiotest.Server, sink string, samples []float32) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.PlayLoop(ctx, sink, samples) // tests kill servers and sinks under it
	}()
	t.Cleanup(func() { stop(); <-done })
	time.Sleep(300 * time.Millisecond)
}

func readBlocks(t *testing.T, src audioio.Source, n int) []float32 {
	t.Helper()
	out := make([]float32, 0, n*audioio.BlockSize)
	var b audioio.Block
	for range n {
		if err := src.ReadBlock(&b); err != nil {
			t.Fatal(err)
		}
		out = append(out, b[:]...)
	}
	return out
}

func levelDB(x []float32) float64 {
	return audiotest.DB(audiotest.RMS(x) * math.Sqrt2 / tonePeak)
}

func TestServerInfo(t *testing.T) {
	eachServer(t, func(t *testing.T, s *audiotest.Server, p *audioio.Pulse) {
		info := p.Server()
		t.Logf("%+v", info)
		if want := s.Kind == audiotest.PipeWire; info.PipeWire != want || !info.Local {
			t.Errorf("PipeWire %v and local %v, want %v and true", info.PipeWire, info.Local, want)
		}
	})
}

func TestDevices(t *testing.T) {
	eachServer(t, func(t *testing.T, s *audiotest.Server, p *audioio.Pulse) {
		list, err := p.Devices()
		if err != nil {
			t.Fatal(err)
		}
		byName := map[string]audioio.Device{}
		for _, d := range list {
			byName[d.Name] = d
		}
		mic := byName[audiotest.FakeMic]
		if !mic.Default || mic.Monitor || mic.Rate != 48000 || mic.Channels != 1 || mic.Description != "Fake_fakemic" {
			t.Errorf("the fake microphone is %+v", mic)
		}
		if mic.Bus != "usb" || mic.FormFactor != "microphone" {
			t.Errorf("the fake microphone is on bus %q, a %q", mic.Bus, mic.FormFactor)
		}
		if m := byName[audiotest.FakeMicSink+".monitor"]; !m.Monitor || m.Default {
			t.Errorf("the monitor is %+v", m)
		}
	})
}

func TestCaptureIsExact(t *testing.T) {
	eachServer(t, func(t *testing.T, s *audiotest.Server, p *audioio.Pulse) {
		playTone(t, s, audiotest.FakeMicSink)
		noise := audiotest.WatchStalls(5 * time.Millisecond)
		src, err := p.OpenSource("")
		if err != nil {
			t.Fatal(err)
		}
		defer src.Close()
		if name := src.Device().Name; name != audiotest.FakeMic {
			t.Fatalf("the default is %q, want the fake microphone", name)
		}
		readBlocks(t, src, 50) // the graph settles
		x := readBlocks(t, src, 500)
		stalls := noise.Stop()
		checkTone(t, x, stalls)
		if d := src.Dropped(); d != 0 && stalls.Count == 0 {
			t.Errorf("%d samples dropped", d)
		}
	})
}

// checkTone wants an undisturbed tone of the right level. Every time the
// machine stood still, as measured beside, excuses the server for a few gaps. Two
// clicks are free: a sink with a clock of its own may cut its slack, which a steady
// tone shows, and the watch cannot see a server thread that alone came late.
func checkTone(t *testing.T, x []float32, stalls audiotest.Stalls) {
	t.Helper()
	level := levelDB(x)
	gaps, clicks := audiotest.Gaps(x, 24, 1e-4), audiotest.Clicks(x, toneHz, tonePeak, 0.005)
	t.Logf("%.1f s: level %+.3f dB, %d gaps, %d clicks; machine: %v", float64(len(x))/audioio.SampleRate, level, len(gaps), len(clicks), stalls)
	if limit := 3 * stalls.Count; len(gaps) > limit || len(clicks) > 2+2*limit {
		t.Errorf("gaps %v, clicks %v; the machine's %d stalls excuse %d", gaps, clicks, stalls.Count, limit)
	}
	if stalls.Count == 0 && math.Abs(level) > 0.1 || math.Abs(level) > 3 {
		t.Errorf("level %+.2f dB, want 0", level)
	}
}

func TestReadBlockDoesNotAllocate(t *testing.T) {
	s := audiotest.StartPulseAudio(t)
	p := dial(t, s)
	src, err := p.OpenSource("")
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	var b audioio.Block
	allocatesNothing(t, func() {
		if err := src.ReadBlock(&b); err != nil {
			t.Fatal(err)
		}
	})
}

// allocatesNothing holds that the passing on of a block allocates nothing. The
// counter counts for the whole process, and the watcher allocates when it looks,
// several times in the first seconds: one stretch without any shows that a block
// needs none, and a block that did would leave none.
func allocatesNothing(t *testing.T, block func()) {
	t.Helper()
	var n float64
	for range 20 {
		if n = testing.AllocsPerRun(25, block); n < 1 {
			return
		}
	}
	t.Errorf("%v allocations per block", n)
}

func TestOpenSourceByName(t *testing.T) {
	eachServer(t, func(t *testing.T, s *audiotest.Server, p *audioio.Pulse) {
		if err := s.AddMic("headset", 16000, 2); err != nil {
			t.Fatal(err)
		}
		playTone(t, s, "headset_sink")
		src, err := p.OpenSource("headset")
		if err != nil {
			t.Fatal(err)
		}
		defer src.Close()
		// 16 kHz stereo is converted to 48 kHz mono without a change of level. A gap
		// of a busy machine's lowers one of the recordings, not five.
		level := math.Inf(1)
		for range 5 {
			readBlocks(t, src, 50)
			if level = levelDB(readBlocks(t, src, 100)); math.Abs(level) <= 1 {
				break
			}
			t.Logf("level %+.2f dB, once more", level)
		}
		if math.Abs(level) > 1 {
			t.Errorf("level %+.2f dB, want 0", level)
		}
		if _, err := p.OpenSource("nonsense"); !errors.Is(err, audioio.ErrNoDevice) || !strings.Contains(err.Error(), "nonsense") {
			t.Errorf("unknown name: %v", err)
		}
	})
}

func TestNoServer(t *testing.T) {
	_, err := audioio.DialPulse(t.Context(), audioio.PulseOptions{Server: "unix:" + t.TempDir() + "/none"})
	if !errors.Is(err, audioio.ErrNoServer) {
		t.Errorf("error %v, want ErrNoServer", err)
	}
	t.Setenv("PULSE_SERVER", "")
	t.Setenv("PULSE_RUNTIME_PATH", "")
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	if _, err = audioio.DialPulse(t.Context(), audioio.PulseOptions{}); !errors.Is(err, audioio.ErrNoServer) {
		t.Errorf("error %v, want ErrNoServer", err)
	}
}

func TestNoMicrophone(t *testing.T) {
	eachServer(t, func(t *testing.T, s *audiotest.Server, p *audioio.Pulse) {
		if err := s.RemoveMic(audiotest.FakeMic); err != nil {
			t.Fatal(err)
		}
		// What the server says may be a moment older.
		var err error
		for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
			var src *audioio.PulseSource
			if src, err = p.OpenSource(""); errors.Is(err, audioio.ErrNoDevice) {
				return
			}
			if err == nil {
				_ = src.Close()
			}
		}
		t.Errorf("error %v, want ErrNoDevice", err)
	})
}

func TestEnvironment(t *testing.T) {
	s := audiotest.StartPulseAudio(t)
	for _, env := range []struct{ name, value string }{
		{"PULSE_SERVER", s.PulseServer},
		{"PULSE_SERVER", "unix:/nowhere " + s.PulseServer},
		{"PULSE_SERVER", "{some-other-machine}unix:/nowhere " + strings.TrimPrefix(s.PulseServer, "unix:")},
		{"XDG_RUNTIME_DIR", s.RuntimeDir},
	} {
		t.Run(env.name, func(t *testing.T) {
			t.Setenv("PULSE_SERVER", "")
			t.Setenv("PULSE_RUNTIME_PATH", "")
			t.Setenv(env.name, env.value)
			p, err := audioio.DialPulse(t.Context(), audioio.PulseOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if err := p.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// modules lists the modules that are ours.
func modules(t *testing.T, s *audiotest.Server) []string {
	t.Helper()
	list, err := s.Modules()
	if err != nil {
		t.Fatal(err)
	}
	var ours []string
	for _, m := range list {
		if strings.Contains(m.Args, "stillmic") {
			ours = append(ours, m.Name)
		}
	}
	slices.Sort(ours)
	return ours
}
