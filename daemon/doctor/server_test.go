//go:build linux

package doctor

import (
	"context"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/stillmic/stillmic/audioio/pulse"
	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/daemon/dbustest"
	"github.com/stillmic/stillmic/daemon/device"
)

// Faults made on real servers are found.
func TestFaultsOnServers(t *testing.T) {
	for _, kind := range []soundserver.Kind{soundserver.PulseAudio, soundserver.PipeWire} {
		t.Run(string(kind), func(t *testing.T) { faultsOn(t, soundserver.StartKind(t, kind)) })
	}
}

func faultsOn(t *testing.T, s *soundserver.Server) {
	t.Setenv("XDG_RUNTIME_DIR", s.RuntimeDir)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+filepath.Join(s.RuntimeDir, "none"))
	p, err := pulse.Dial(t.Context(), pulse.Options{Server: s.PulseServer})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	// A microphone left behind: the daemon of it does not run.
	mic, err := p.Publish(pulse.PublishOptions{Name: pulse.MicName, Description: "Stillmic Microphone", Dir: s.RuntimeDir})
	if err != nil {
		t.Fatal(err)
	}
	defer mic.Close()
	pactl := func(args ...string) func() {
		return func() {
			t.Helper()
			cmd := exec.Command("pactl", args...)
			cmd.Env = s.Env()
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("pactl %v: %v: %s", args, err, out)
			}
		}
	}
	source := func(name, properties string, more ...string) func() {
		return func() {
			t.Helper()
			args := "master=" + soundserver.FakeMicSink + ".monitor source_name=" + name + " channels=1 channel_map=mono " +
				strings.Join(more, " ") + " source_properties='" + properties + "'"
			if _, err := s.LoadModule("module-remap-source", args); err != nil {
				t.Fatal(err)
			}
		}
	}
	look := func(mic string) []Finding {
		return Examine(t.Context(), Options{Backend: device.Pulse{Server: s.PulseServer}, Device: mic, MicName: pulse.MicName})
	}
	for _, c := range []struct {
		name   string
		make   func()
		device string // as configured
		check  string
		level  Level
		found  string
		remedy string
	}{
		{"nothing", func() {}, "", "microphone", OK, "", ""},
		{"left behind", func() {}, "", "Stillmic Microphone", Warn, "left from before", "stillmic run"},
		{"turned down", pactl("set-source-volume", soundserver.FakeMic, "12%"), "", "volume", Warn, "12 %", "AGC"},
		{"turned up", pactl("set-source-volume", soundserver.FakeMic, "150%"), "", "volume", Warn, "150 %", "100%"},
		{"our own turned down", func() {
			pactl("set-source-volume", soundserver.FakeMic, "100%")()
			pactl("set-source-volume", pulse.MicName, "10%")()
		}, "", "volume", Warn, "Stillmic Microphone", "AGC"},
		{"muted", func() {
			pactl("set-source-volume", pulse.MicName, "100%")()
			pactl("set-source-mute", soundserver.FakeMic, "1")()
		}, "", "volume", Fail, "muted", "set-source-mute " + soundserver.FakeMic + " 0"},
		{"headset", source("headset", "device.description=Headset device.bus=bluetooth", "rate=8000"), "headset", "sound quality", Warn, "8 kHz", "profile"},
		{"cleaned by another", source("nui_mic_remap", "device.description=NoiseTorch_Microphone"), "nui_mic_remap", "double suppression", Warn, "NoiseTorch", "choose"},
		{"a monitor", func() {}, soundserver.FakeMicSink + ".monitor", "microphone", Warn, "monitor", "stillmic devices"},
		{"gone", func() {}, "unplugged", "microphone", Fail, "unplugged", soundserver.FakeMic},
		{"default is a monitor", pactl("set-default-source", soundserver.Speakers+".monitor"), "", "default microphone", Warn, "monitor", "set-default-source"},
	} {
		if c.name == "headset" && s.Kind == soundserver.PipeWire {
			continue // it gives every remapped source its own rate
		}
		c.make()
		var list []Finding
		if !waitFor(func() bool { list = look(c.device); return holds(list, c.check, c.level, c.found, c.remedy) }) {
			t.Errorf("%s: %+v", c.name, list)
		}
	}
	recordersOn(t, s, p)
	if s.Kind == soundserver.PipeWire {
		playIntoHelper(t, s, look)
	}
	if list := Examine(t.Context(), Options{Backend: device.Pulse{Server: "unix:" + filepath.Join(s.RuntimeDir, "none")}}); !holds(list, "sound server", Fail, "", "pipewire-pulse") {
		t.Errorf("no server: %+v", list)
	}
}

// recordersOn has applications record the right and the wrong microphone.
func recordersOn(t *testing.T, s *soundserver.Server, p *pulse.Server) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{}, 2)
	for _, source := range []string{soundserver.FakeMic, pulse.MicName} {
		go func() {
			_, _ = s.Record(ctx, source, time.Minute) // ended by stop
			done <- struct{}{}
		}()
	}
	defer func() {
		stop()
		<-done
		<-done
	}()
	var list []Finding
	if !waitFor(func() bool {
		list = applications(p, Options{MicName: pulse.MicName})
		return len(list) == 2
	}) {
		t.Errorf("two applications record: %+v", list)
	}
	if !holds(list, "applications", Warn, "directly", "choose Stillmic Microphone") || !holds(list, "applications", OK, "uses Stillmic Microphone", "") {
		t.Errorf("two applications record: %+v", list)
	}
}

// playIntoHelper has a program play where nobody hears it.
func playIntoHelper(t *testing.T, s *soundserver.Server, look func(string) []Finding) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = s.PlayLoop(ctx, pulse.MicName+"_sink", make([]float32, 4800)) // ended by stop
	}()
	defer func() { stop(); <-ended }()
	var list []Finding
	if !waitFor(func() bool {
		list = look("")
		return holds(list, "internal output", Warn, "soundserver player", "another output")
	}) {
		t.Errorf("a program plays into the null sink: %+v", list)
	}
}

// waitFor gives a server time to see what was done to it.
func waitFor(ok func() bool) bool {
	for range 50 {
		if ok() {
			return true
		}
		time.Sleep(100 * time.Millisecond)
	}
	return false
}

func holds(list []Finding, check string, level Level, found, remedy string) bool {
	return slices.ContainsFunc(list, func(f Finding) bool {
		return f.Check == check && f.Level == level && strings.Contains(f.Found, found) && strings.Contains(f.Remedy, remedy)
	})
}

// An icon needs a panel that shows it.
func TestPanel(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+filepath.Join(t.TempDir(), "none"))
	if list := panel(); len(list) != 0 {
		t.Errorf("without a session: %+v", list)
	}
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", dbustest.Start(t))
	if list := panel(); len(list) != 1 || list[0].Level != Warn || !strings.Contains(list[0].Remedy, "AppIndicator") {
		t.Errorf("no panel: %+v", list)
	}
	bus, err := dbus.ConnectSessionBus()
	if err != nil {
		t.Fatal(err)
	}
	defer bus.Close()
	err = bus.ExportMethodTable(map[string]any{
		"Get": func(string, string) (dbus.Variant, *dbus.Error) { return dbus.MakeVariant(true), nil },
	}, "/StatusNotifierWatcher", "org.freedesktop.DBus.Properties")
	if err == nil {
		_, err = bus.RequestName("org.kde.StatusNotifierWatcher", dbus.NameFlagDoNotQueue)
	}
	if err != nil {
		t.Fatal(err)
	}
	if list := panel(); len(list) != 1 || list[0].Level != OK {
		t.Errorf("a panel: %+v", list)
	}
}
