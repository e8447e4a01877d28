//go:build linux

package speaker

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jfreymuth/pulse/proto"

	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/cmd/stillmic/e2e/stage"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/speaker"
	"github.com/stillmic/stillmic/daemon/synth"
)

// faults are done to a speaker that plays on Speakers.
var faults = []struct {
	name string
	ends bool               // programs end with it
	only soundserver.Kind   // "": on both
	do   func(*stage.Stage) // returns when what the daemon cannot bring back is there again
}{
	{name: "server stands still for half a second", do: func(s *stage.Stage) {
		must(s, s.Pause())
		time.Sleep(500 * time.Millisecond)
		must(s, s.Resume())
	}},
	{name: "daemon stands still for half a second", do: func(s *stage.Stage) {
		must(s, s.Daemon.Process.Signal(syscall.SIGSTOP))
		time.Sleep(500 * time.Millisecond)
		must(s, s.Daemon.Process.Signal(syscall.SIGCONT))
	}},
	{name: "stream moved by a mixer", do: func(s *stage.Stage) { moveOurs(s, "television") }},
	{name: "output pulled out and put back with another rate", do: func(s *stage.Stage) {
		for _, m := range modules(s, "sink_name="+soundserver.Speakers) {
			must(s, s.UnloadModule(m))
		}
		_, err := s.LoadModule("module-null-sink", "rate=44100 channels=1 sink_name="+soundserver.Speakers+
			" sink_properties=device.description=Speakers")
		must(s, err)
		must(s, s.SetDefaultSink(soundserver.Speakers))
	}},
	{name: "our module unloaded by somebody", do: func(s *stage.Stage) {
		for _, m := range modules(s, "sink_name="+speakerName) {
			must(s, s.UnloadModule(m))
		}
	}},
	{name: "pipewire-pulse alone killed and started again", only: soundserver.PipeWire, ends: true,
		do: func(s *stage.Stage) { must(s, s.RestartPulse()) }},
}

func must(s *stage.Stage, err error) {
	s.T.Helper()
	if err != nil {
		s.T.Fatal(err)
	}
}

// modules are those whose arguments say something.
func modules(s *stage.Stage, args string) (list []uint32) {
	all, err := s.Modules()
	must(s, err)
	for _, m := range all {
		if strings.Contains(m.Args+" ", args+" ") {
			list = append(list, m.Index)
		}
	}
	if len(list) == 0 {
		s.T.Fatalf("no module has %s", args)
	}
	return list
}

// moveOurs moves the daemon's stream into the loudspeakers to another output, as a person does in a mixer.
func moveOurs(s *stage.Stage, output string) {
	var playing proto.GetSinkInputInfoListReply
	must(s, s.Request(&proto.GetSinkInputInfoList{}, &playing))
	for _, i := range playing {
		if i.MediaName == "Stillmic Speaker" {
			// A server may refuse it: the stream is not to be moved.
			_ = s.Request(&proto.MoveSinkInput{SinkInputIndex: i.SinkInputIndex, DeviceIndex: proto.Undefined, DeviceName: output}, nil)
			return
		}
	}
	s.T.Fatalf("the daemon plays nothing: %+v", playing)
}

// playsThrough reports whether the server has the program play into the virtual output, and the daemon on the
// loudspeakers.
func playsThrough(s *stage.Stage) bool {
	var playing proto.GetSinkInputInfoListReply
	var sinks proto.GetSinkInfoListReply
	if s.Request(&proto.GetSinkInputInfoList{}, &playing) != nil || s.Request(&proto.GetSinkInfoList{}, &sinks) != nil {
		return false
	}
	names := map[uint32]string{}
	for _, sink := range sinks {
		names[sink.SinkIndex] = sink.SinkName
	}
	on := map[string]string{}
	for _, i := range playing {
		on[i.MediaName] = names[i.SinkIndex]
	}
	return on["test signal"] == speakerName && on["Stillmic Speaker"] == soundserver.Speakers
}

// After each fault what others say comes out of the loudspeakers through the virtual output again.
func TestSpeakerFaults(t *testing.T) {
	stage.EachServer(t, func(t *testing.T, s *stage.Stage) {
		_, err := s.LoadModule("module-null-sink",
			"rate=48000 channels=2 sink_name=television sink_properties=device.description=Television")
		must(s, err)
		must(s, s.SetDefaultSink(soundserver.Speakers))
		s.RunDaemon()
		switchOn(s, "off")
		x := synth.Voice(seconds(10), 5)
		stop := farEnd(s, speakerName, stereo(x, x))
		awaitSound(s, soundserver.Speakers, stage.GiveUp)
		for _, f := range faults {
			if f.only != "" && f.only != s.Kind {
				continue
			}
			f.do(s)
			begin := time.Now()
			if f.ends {
				stop()
				s.Await(stage.GiveUp, "there again", func(st control.Status) bool {
					return st.Speaker.State == speaker.Suspended || st.Speaker.State == speaker.Running
				})
				stop = farEnd(s, speakerName, stereo(x, x))
			}
			for !playsThrough(s) {
				if time.Since(begin) > stage.GiveUp {
					st, err := s.Status()
					t.Fatalf("%s: it does not play through the speaker after %v: %+v, %v", f.name, time.Since(begin), st.Speaker, err)
				}
				time.Sleep(10 * time.Millisecond)
			}
			awaitSound(s, soundserver.Speakers, stage.GiveUp)
			t.Logf("FAULT %s: %.2f s", f.name, time.Since(begin).Seconds())
		}
	})
}
