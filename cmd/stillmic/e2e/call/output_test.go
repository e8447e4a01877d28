//go:build linux

package call

import (
	"context"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jfreymuth/pulse/proto"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pulse"
	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/cmd/stillmic/e2e/stage"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/priority"
)

// helper is the null sink that the virtual microphone is made of on PipeWire.
const helper = pulse.MicName + "_sink"

// withoutOutput leaves PipeWire a microphone that is silent, and speakers as its only output.
func withoutOutput(s *stage.Stage) (speakers uint32) {
	s.T.Helper()
	if _, err := s.LoadModule("module-pipe-source", "source_name=quiet channels=1 file="+filepath.Join(s.RuntimeDir, "quiet.fifo")); err != nil {
		s.T.Fatal(err)
	}
	if err := s.RemoveMic(soundserver.FakeMic); err != nil {
		s.T.Fatal(err)
	}
	list, err := s.Modules()
	if err != nil {
		s.T.Fatal(err)
	}
	i := slices.IndexFunc(list, func(m soundserver.Module) bool { return strings.Contains(m.Args, "sink_name="+soundserver.Speakers) })
	return list[i].Index
}

// The only output goes away while music plays: it is not heard in the call, and the null sink
// is never the default output. When there is an output again it is the default, and the one
// that stood in has gone.
func TestOutputGoesAway(t *testing.T) {
	priority.Raise()
	t.Cleanup(func() { stage.Calm(t) })
	s := &stage.Stage{Server: soundserver.StartKind(t, soundserver.PipeWire), T: t}
	speakers := withoutOutput(s)
	before := s.ModuleList()
	s.StartDaemon("--wait", "--strength", "off", "--device", "quiet")
	s.Await(stage.GiveUp, "there", func(st control.Status) bool { return st.Sink != "" })
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	music := make(chan struct{})
	go func() {
		defer close(music)
		_ = s.PlayLoop(ctx, "", soundserver.Sine(audioio.SampleRate, 1000, otherPeak))
	}()
	c := startCall(s)
	time.Sleep(time.Second)
	if _, loud := c.take(); loud > 0 {
		t.Fatalf("with speakers something is heard: a peak of %.2g", loud)
	}
	if err := s.UnloadModule(speakers); err != nil {
		t.Fatal(err)
	}
	time.Sleep(500 * time.Millisecond)
	// Until the other output is there the server may mix what has one channel alone into the
	// null sink.
	c.mu.Lock()
	heard := c.sound
	c.mu.Unlock()
	c.take()
	t.Logf("HEARD of the music after the output has gone: %v", heard)
	if heard > 300*time.Millisecond {
		t.Errorf("the music is heard for %v", heard)
	}
	for range 20 {
		if sink, _, err := s.Defaults(); err != nil || sink == helper {
			t.Errorf("the default output is %q, %v", sink, err)
		}
		time.Sleep(100 * time.Millisecond)
	}
	if _, loud := c.take(); loud > 0 {
		t.Errorf("without an output the music is heard in the call: a peak of %.2g", loud)
	}
	if _, err := s.LoadModule("module-null-sink", "sink_name="+soundserver.Speakers+" rate=48000 channels=2 sink_properties=device.description=Speakers"); err != nil {
		t.Fatal(err)
	}
	waitUntil(t, "the speakers to be the default again", func() bool {
		sink, _, err := s.Defaults()
		return err == nil && sink == soundserver.Speakers
	})
	cancel()
	<-music
	c.cancel()
	waitUntil(t, "the call to end", func() bool { st, err := s.Status(); return err == nil && st.Listeners == 0 })
	if err := s.SignalDaemon(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	if after := s.ModuleList(); !slices.Equal(stage.ModuleNames(after), stage.ModuleNames(before)) {
		t.Errorf("modules were %q, are %q", before, after)
	}
}

// waitUntil waits until something is so.
func waitUntil(t *testing.T, what string, so func() bool) {
	t.Helper()
	for begin := time.Now(); !so(); time.Sleep(10 * time.Millisecond) {
		if time.Since(begin) > stage.GiveUp {
			t.Fatalf("waited %v for %s", stage.GiveUp, what)
		}
	}
}

// Somebody mutes the null sink, our stream into it, or the stream out of it, or turns one
// down: it is undone, and the call goes on.
func TestWayIntoTheMicrophoneIsRestored(t *testing.T) {
	priority.Raise()
	t.Cleanup(func() { stage.Calm(t) })
	s := &stage.Stage{Server: soundserver.StartKind(t, soundserver.PipeWire), T: t}
	s.PlayMic(soundserver.Sine(audioio.SampleRate, stage.ToneHz, stage.TonePeak))
	s.StartDaemon("--wait", "--strength", "off", "--device", soundserver.FakeMic)
	c := startCallWhenThere(s)
	c.waitGood(t, time.Now())
	in, out := ownStreams(s)
	low := proto.ChannelVolumes{proto.VolumeNorm / 10}
	for name, request := range map[string]proto.RequestArgs{
		"null sink muted":       &proto.SetSinkMute{SinkIndex: proto.Undefined, SinkName: helper, Mute: true},
		"null sink turned down": &proto.SetSinkVolume{SinkIndex: proto.Undefined, SinkName: helper, ChannelVolumes: low},
		"stream muted":          &proto.SetSinkInputMute{SinkInputIndex: in, Mute: true},
		"stream turned down":    &proto.SetSinkInputVolume{SinkInputIndex: in, ChannelVolumes: low},
		"source's stream muted": &proto.SetSourceOutputMute{SourceOutputIndex: out, Mute: true},
		"source's stream low":   &proto.SetSourceOutputVolume{SourceOutputIndex: out, ChannelVolumes: low},
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			c.take()
			begin := time.Now()
			if err := s.Request(request, nil); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
			c.waitGood(t, begin.Add(time.Second))
			gap, _ := c.take()
			t.Logf("RESTORED %s: gone for %v", name, gap.Round(time.Millisecond))
			if gap > 2*stage.Recovery {
				t.Errorf("without audio for %v", gap)
			}
		})
	}
}

// Somebody cuts the way into the virtual microphone in PipeWire's graph, or the session manager
// loses it, which does not link it again: it is, also where it was cut while no daemon was there.
func TestCutLinksAreRestored(t *testing.T) {
	s := &stage.Stage{Server: soundserver.StartKind(t, soundserver.PipeWire), T: t}
	s.PlayMic(soundserver.Sine(audioio.SampleRate, stage.ToneHz, stage.TonePeak))
	args := []string{"--wait", "--strength", "off", "--device", soundserver.FakeMic}
	s.StartDaemon(args...)
	c := startCallWhenThere(s)
	c.waitGood(t, time.Now())
	cut := func(from, to string) {
		t.Helper()
		cmd := exec.Command("pw-link", "-d", from, to)
		cmd.Env = s.Env()
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("cut %s from %s: %v: %s", to, from, err, out)
		}
	}
	heardAgain := func(what string) {
		t.Helper()
		time.Sleep(500 * time.Millisecond) // what the server held has been played
		begin := time.Now()
		c.waitGood(t, begin)
		t.Logf("RESTORED %s: heard %v later", what, time.Since(begin).Round(100*time.Millisecond))
	}
	cut("Stillmic:output_TRC", helper+":playback_TRC")
	heardAgain("stream cut off the null sink")
	out := []string{helper + ":monitor_TRC", "input." + pulse.MicName + ":input_TRC"}
	cut(out[0], out[1])
	heardAgain("source cut off the null sink")
	_ = s.SignalDaemon(syscall.SIGKILL) // which is an error
	cut(out[0], out[1])
	s.StartDaemon(args...)
	heardAgain("source cut off while no daemon was there")
}

// startCallWhenThere begins a call once there is something to record.
func startCallWhenThere(s *stage.Stage) *call {
	s.T.Helper()
	s.Await(stage.GiveUp, "there", func(st control.Status) bool { return st.Sink != "" })
	return startCall(s)
}

// ownStreams returns the server's numbers of the streams into the null sink and out of it.
func ownStreams(s *stage.Stage) (in, out uint32) {
	s.T.Helper()
	var inputs proto.GetSinkInputInfoListReply
	var outputs proto.GetSourceOutputInfoListReply
	if err := s.Request(&proto.GetSinkInputInfoList{}, &inputs); err != nil {
		s.T.Fatal(err)
	}
	if err := s.Request(&proto.GetSourceOutputInfoList{}, &outputs); err != nil {
		s.T.Fatal(err)
	}
	in, out = proto.Undefined, proto.Undefined
	for _, r := range inputs {
		if r.MediaName == "Audio for Stillmic Microphone" {
			in = r.SinkInputIndex
		}
	}
	for _, r := range outputs {
		if r.Properties["node.name"].String() == "input."+pulse.MicName {
			out = r.SourceOutpuIndex
		}
	}
	if in == proto.Undefined || out == proto.Undefined {
		s.T.Fatalf("streams %v and %v among %v and %v", in, out, inputs, outputs)
	}
	return in, out
}
