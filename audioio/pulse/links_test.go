//go:build linux

package pulse_test

import (
	"context"
	"errors"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pulse"
	"github.com/stillmic/stillmic/audioio/soundserver"
)

// run starts a program of the server's until the test ends.
func run(t *testing.T, s *soundserver.Server, name string, args ...string) (stop func()) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = s.Env()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stop = func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }
	t.Cleanup(stop)
	return stop
}

// command runs a program of the server's to its end.
func command(t *testing.T, s *soundserver.Server, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = s.Env()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v: %s", name, args, err, out)
	}
}

// A device that gets its audio from the virtual microphone, by whatever way, is refused by name
// and passed over as the default, and says by what; it is a device like others once it is fed by
// something else.
func TestLoops(t *testing.T) {
	eachServer(t, func(t *testing.T, s *soundserver.Server, p *pulse.Server) {
		publish(t, p, pulse.PublishOptions{})
		load := func(name, args string) {
			t.Helper()
			if _, err := s.LoadModule(name, args); err != nil {
				t.Fatal(err)
			}
		}
		by := map[string]string{ // devices, and the ways by which they are fed
			"filtered": "module-echo-cancel", "again": "module-remap-source", "cable": "module-loopback"}
		load("module-echo-cancel", "source_master="+pulse.MicName+" source_name=filtered sink_master="+soundserver.Speakers+
			" sink_name=filtered_sink")
		load("module-remap-source", "master="+pulse.MicName+" source_name=again")
		load("module-null-sink", "sink_name=line rate=48000 channels=1 channel_map=mono")
		load("module-loopback", "source="+pulse.MicName+" sink=line latency_msec=50")
		awaitSource(t, s, "line.monitor")
		load("module-remap-source", "master=line.monitor source_name=cable")
		if s.Kind == soundserver.PipeWire {
			by["filtered"] = "a filter of PipeWire" // it tells of no module here
			by["program"] = "pw-loopback"
			run(t, s, "pw-loopback", "--capture-props", "target.object="+pulse.MicName, "--playback-props",
				"media.class=Audio/Source node.name=program")
			by["linked"] = "pw-cli"
			run(t, s, "pw-cli", "-m", "create-node", "adapter", "{ factory.name=support.null-audio-sink node.name=linked "+
				"media.class=Audio/Source/Virtual audio.position=[MONO] }")
			awaitSource(t, s, "linked")
			command(t, s, "pw-link", pulse.MicName+":capture_MONO", "linked:input_MONO")
		}
		for name, by := range by {
			awaitSource(t, s, name)
			var err error
			for begin := time.Now(); time.Since(begin) < 5*time.Second; time.Sleep(50 * time.Millisecond) {
				if _, err = p.Pick(name); err != nil {
					break
				}
			}
			if !errors.Is(err, audioio.ErrNoDevice) || !strings.Contains(err.Error(), by) {
				t.Errorf("%s, fed by %s: %v", name, by, err)
			}
			if err := s.SetDefaultSource(name); err != nil {
				t.Fatal(err)
			}
			if d, err := p.Pick(""); err != nil || d.Name != soundserver.FakeMic {
				t.Errorf("with %s as the default: picked %q, %v", name, d.Name, err)
			}
		}
		load("module-remap-source", "master="+soundserver.FakeMic+" source_name=harmless")
		awaitSource(t, s, "harmless")
		if _, err := p.Pick("harmless"); err != nil {
			t.Errorf("fed by the microphone itself: %v", err)
		}
	})
}

// awaitSource waits until a source is there.
func awaitSource(t *testing.T, s *soundserver.Server, name string) {
	t.Helper()
	for begin := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		names, err := s.Sources()
		if err != nil {
			t.Fatal(err)
		}
		if slices.Contains(names, name) {
			return
		}
		if time.Since(begin) > 10*time.Second {
			t.Fatalf("no source %q among %v", name, names)
		}
	}
}

// Who links ports himself, as JACK clients do, is somebody who listens, by name; a meter beside
// him is not.
func TestLinkedByHand(t *testing.T) {
	s := soundserver.StartKind(t, soundserver.PipeWire)
	p := dial(t, s)
	m := publish(t, p, pulse.PublishOptions{})
	stop, err := s.Meter(pulse.MicName)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	run(t, s, "pw-cli", "-m", "create-node", "adapter", "{ factory.name=support.null-audio-sink node.name=jack "+
		"media.class=Audio/Sink audio.position=[MONO] }")
	awaitSource(t, s, "jack.monitor")
	time.Sleep(500 * time.Millisecond)
	if n := m.Listeners(); n != 0 {
		t.Fatalf("%d programs record it, want none", n)
	}
	port := []string{pulse.MicName + ":capture_MONO", "jack:playback_MONO"}
	begin := time.Now()
	command(t, s, "pw-link", port...)
	for m.Listeners() != 1 {
		if time.Since(begin) > 5*time.Second {
			t.Fatalf("%d programs record it, want one", m.Listeners())
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Logf("seen after %v", time.Since(begin).Round(time.Millisecond))
	if list, err := p.Recorders(); err != nil || len(list) != 1 || list[0].Application != "pw-cli" || list[0].Source != pulse.MicName {
		t.Errorf("recorders %+v, %v", list, err)
	}
	command(t, s, "pw-link", append([]string{"-d"}, port...)...)
	for begin := time.Now(); m.Listeners() != 0; time.Sleep(5 * time.Millisecond) {
		if time.Since(begin) > 5*time.Second {
			t.Fatalf("%d programs record it, want none again", m.Listeners())
		}
	}
}

// A program that plays into the microphone's own sink is no way from ours to it, whatever else
// records ours through the same protocol.
func TestPlayingBesideACallIsNoLoop(t *testing.T) {
	eachServer(t, func(t *testing.T, s *soundserver.Server, p *pulse.Server) {
		publish(t, p, pulse.PublishOptions{})
		ctx, cancel := context.WithCancel(t.Context())
		var both sync.WaitGroup
		both.Go(func() { _ = s.PlayLoop(ctx, soundserver.FakeMicSink, soundserver.Noise(audioio.SampleRate, 0.1, 1)) })
		both.Go(func() { _ = s.Call(ctx, func([]float32, time.Time) {}, pulse.MicName) })
		defer func() { cancel(); both.Wait() }()
		time.Sleep(time.Second) // both run
		list, err := p.Devices()
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range list {
			if d.Name == soundserver.FakeMic && d.Loop != "" {
				t.Errorf("the microphone is said to get audio of ours, by %s", d.Loop)
			}
		}
	})
}
