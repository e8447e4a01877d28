//go:build linux

package pulse_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/internal/servertest"
	"github.com/stillmic/stillmic/audioio/pulse"
	"github.com/stillmic/stillmic/audioio/soundserver"
)

// eachServer runs a test against a new server of each kind.
func eachServer(t *testing.T, test func(t *testing.T, s *soundserver.Server, p *pulse.Server)) {
	for _, kind := range []soundserver.Kind{soundserver.PulseAudio, soundserver.PipeWire} {
		t.Run(string(kind), func(t *testing.T) {
			s := soundserver.StartKind(t, kind)
			test(t, s, dial(t, s))
		})
	}
}

func dial(t *testing.T, s *soundserver.Server) *pulse.Server {
	t.Helper()
	t.Setenv("XDG_RUNTIME_DIR", s.RuntimeDir) // the FIFO goes here
	p, err := pulse.Dial(t.Context(), pulse.Options{Server: s.PulseServer})
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

// capture opens a microphone, "" for the default one, which the test closes.
func capture(t *testing.T, p *pulse.Server, name string) *pulse.Source {
	t.Helper()
	src, err := p.OpenSource(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = src.Close() })
	return src
}

func TestServerInfo(t *testing.T) {
	eachServer(t, func(t *testing.T, s *soundserver.Server, p *pulse.Server) {
		info := p.Info()
		t.Logf("%+v", info)
		if want := s.Kind == soundserver.PipeWire; info.PipeWire != want || !info.Local {
			t.Errorf("PipeWire %v and local %v, want %v and true", info.PipeWire, info.Local, want)
		}
	})
}

func TestDevices(t *testing.T) {
	eachServer(t, func(t *testing.T, s *soundserver.Server, p *pulse.Server) {
		list, err := p.Devices()
		if err != nil {
			t.Fatal(err)
		}
		byName := map[string]audioio.Device{}
		for _, d := range list {
			byName[d.Name] = d
		}
		mic := byName[soundserver.FakeMic]
		if !mic.Default || mic.Monitor || mic.Rate != 48000 || mic.Channels != 1 || mic.Description != "Fake_fakemic" {
			t.Errorf("the fake microphone is %+v", mic)
		}
		if mic.Bus != "usb" || mic.FormFactor != "microphone" {
			t.Errorf("the fake microphone is on bus %q, a %q", mic.Bus, mic.FormFactor)
		}
		if m := byName[soundserver.FakeMicSink+".monitor"]; !m.Monitor || m.Default {
			t.Errorf("the monitor is %+v", m)
		}
	})
}

func TestCaptureIsExact(t *testing.T) {
	eachServer(t, func(t *testing.T, s *soundserver.Server, p *pulse.Server) {
		servertest.PlayTone(t, s, soundserver.FakeMicSink)
		noise := soundserver.WatchStalls(5 * time.Millisecond)
		src := capture(t, p, "")
		if name := src.Device().Name; name != soundserver.FakeMic {
			t.Fatalf("the default is %q, want the fake microphone", name)
		}
		servertest.ReadBlocks(t, src, 50) // the graph settles
		x := servertest.ReadBlocks(t, src, 500)
		stalls := noise.Stop()
		servertest.CheckTone(t, x, stalls)
		if d := src.Dropped(); d != 0 && stalls.Count == 0 {
			t.Errorf("%d samples dropped", d)
		}
	})
}

func TestReadBlockDoesNotAllocate(t *testing.T) {
	s := soundserver.StartPulseAudio(t)
	p := dial(t, s)
	src := capture(t, p, "")
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
	eachServer(t, func(t *testing.T, s *soundserver.Server, p *pulse.Server) {
		if err := s.AddMic("headset", 16000, 2); err != nil {
			t.Fatal(err)
		}
		servertest.PlayTone(t, s, "headset_sink")
		src := capture(t, p, "headset")
		// 16 kHz stereo is converted to 48 kHz mono without a change of level. A gap
		// of a busy machine's lowers one of the recordings, not five.
		level := math.Inf(1)
		for range 5 {
			servertest.ReadBlocks(t, src, 50)
			if level = servertest.LevelDB(servertest.ReadBlocks(t, src, 100)); math.Abs(level) <= 1 {
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
	_, err := pulse.Dial(t.Context(), pulse.Options{Server: "unix:" + t.TempDir() + "/none"})
	if !errors.Is(err, audioio.ErrNoServer) {
		t.Errorf("error %v, want ErrNoServer", err)
	}
	t.Setenv("PULSE_SERVER", "")
	t.Setenv("PULSE_RUNTIME_PATH", "")
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	if _, err = pulse.Dial(t.Context(), pulse.Options{}); !errors.Is(err, audioio.ErrNoServer) {
		t.Errorf("error %v, want ErrNoServer", err)
	}
}

func TestNoMicrophone(t *testing.T) {
	eachServer(t, func(t *testing.T, s *soundserver.Server, p *pulse.Server) {
		if err := s.RemoveMic(soundserver.FakeMic); err != nil {
			t.Fatal(err)
		}
		// What the server says may be a moment older.
		var err error
		for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
			var src *pulse.Source
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
	s := soundserver.StartPulseAudio(t)
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
			p, err := pulse.Dial(t.Context(), pulse.Options{})
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
func modules(t *testing.T, s *soundserver.Server) []string {
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
