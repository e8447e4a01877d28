//go:build linux

package speaker

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jfreymuth/pulse/proto"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/cmd/stillmic/e2e/stage"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/speaker"
	"github.com/stillmic/stillmic/daemon/synth"
)

// A fault is done to a speaker that plays on Speakers.
type fault struct {
	name   string
	ends   bool               // programs end with it
	only   soundserver.Kind   // "": on both
	stands bool               // something stands still, so that what has been played meanwhile comes late
	do     func(*stage.Stage) // checks that it has happened; returns when what the daemon cannot bring back is there again
}

// faults lists them; what is asleep is so for that long, as a machine in suspend is.
func faults(asleep time.Duration) []fault {
	return []fault{
		{name: "server stands still for half a second", stands: true, do: func(s *stage.Stage) { standStill(s, true, false, half) }},
		{name: "daemon stands still for half a second", stands: true, do: func(s *stage.Stage) { standStill(s, false, true, half) }},
		{name: "daemon stands still for " + asleep.String(), stands: true, do: func(s *stage.Stage) { standStill(s, false, true, asleep) }},
		{name: "machine sleeps for " + asleep.String(), stands: true, do: func(s *stage.Stage) { standStill(s, true, true, asleep) }},
		{name: "stream moved by a mixer", do: func(s *stage.Stage) { moveOurs(s, "television") }},
		{name: "output pulled out and put back with another rate", do: func(s *stage.Stage) {
			unload(s, "sink_name="+soundserver.Speakers)
			_, err := s.LoadModule("module-null-sink", "rate=44100 channels=1 sink_name="+soundserver.Speakers+
				" sink_properties=device.description=Speakers")
			must(s, err)
			must(s, s.SetDefaultSink(soundserver.Speakers))
		}},
		{name: "our module unloaded by somebody", do: func(s *stage.Stage) { unload(s, "sink_name="+speakerName) }},
		{name: "pipewire-pulse alone killed and started again", only: soundserver.PipeWire, ends: true, do: func(s *stage.Stage) {
			before := s.Pids()["pipewire-pulse"]
			must(s, s.RestartPulse())
			if now := s.Pids()["pipewire-pulse"]; before == 0 || now == before {
				s.T.Fatalf("pipewire-pulse was process %d and is %d", before, now)
			}
		}},
		{name: "server away for 5 s", ends: true, do: func(s *stage.Stage) {
			s.Kill()
			time.Sleep(5 * time.Second)
			if _, err := s.Modules(); err == nil {
				s.T.Fatal("a killed server answers")
			}
			must(s, s.Restart())
			must(s, s.SetDefaultSink(soundserver.Speakers))
		}},
	}
}

const half = 500 * time.Millisecond

// standStill stops server, daemon or both for a while.
func standStill(s *stage.Stage, server, daemon bool, d time.Duration) {
	s.T.Helper()
	var pids []int
	if daemon {
		pids = append(pids, s.Daemon.Process.Pid)
		must(s, s.Daemon.Process.Signal(syscall.SIGSTOP))
	}
	if server {
		pids = slices.AppendSeq(pids, maps.Values(s.Pids()))
		must(s, s.Pause())
	}
	time.Sleep(d)
	for _, pid := range pids {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		must(s, err)
		if _, after, _ := bytes.Cut(stat, []byte(") ")); len(after) == 0 || after[0] != 'T' {
			s.T.Fatalf("process %d does not stand still: %s", pid, stat)
		}
	}
	if server {
		must(s, s.Resume())
	}
	if daemon {
		must(s, s.Daemon.Process.Signal(syscall.SIGCONT))
	}
}

// unload unloads the modules whose arguments say something.
func unload(s *stage.Stage, args string) {
	s.T.Helper()
	gone := modules(s, args)
	for _, m := range gone {
		must(s, s.UnloadModule(m))
	}
	left, err := s.Modules()
	must(s, err)
	for _, m := range left {
		if slices.Contains(gone, m.Index) {
			s.T.Fatalf("module %d, %s, is still there", m.Index, m.Args)
		}
	}
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

// moveOurs moves the daemon's stream into the loudspeakers to another output, as a person does in a mixer. A server
// may refuse that, since the stream is not to be moved.
func moveOurs(s *stage.Stage, output string) {
	s.T.Helper()
	stream, on := ours(s)
	if on == "" {
		s.T.Fatal("the daemon plays nowhere")
	}
	err := s.Request(&proto.MoveSinkInput{SinkInputIndex: stream, DeviceIndex: proto.Undefined, DeviceName: output}, nil)
	if err != nil {
		s.T.Logf("the server refuses: %v", err)
		return
	}
	for begin := time.Now(); time.Since(begin) < 5*time.Second; time.Sleep(2 * time.Millisecond) {
		if now, on := ours(s); on == output || now != stream {
			return // or has begun anew already
		}
	}
	s.T.Fatalf("the server neither moves the stream nor refuses to")
}

// ours is the daemon's stream into the loudspeakers, and the output it plays on.
func ours(s *stage.Stage) (stream uint32, output string) {
	s.T.Helper()
	var playing proto.GetSinkInputInfoListReply
	must(s, s.Request(&proto.GetSinkInputInfoList{}, &playing))
	for _, i := range playing {
		if i.MediaName == "Stillmic Speaker" {
			var sink proto.GetSinkInfoReply
			if s.Request(&proto.GetSinkInfo{SinkIndex: i.SinkIndex}, &sink) != nil {
				return i.SinkInputIndex, ""
			}
			return i.SinkInputIndex, sink.SinkName
		}
	}
	return 0, ""
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

// most is how late what programs play may come out of the loudspeakers once the daemon has cut out what was too late.
const most = 150 * time.Millisecond

// late is by how much the loudspeakers play later what programs do, and how alike the two are.
func late(s *stage.Stage) (by time.Duration, alike float64) {
	ctx, stop := context.WithTimeout(context.Background(), stage.GiveUp)
	defer stop()
	in, out, err := s.RecordPair(ctx, speakerName+".monitor", soundserver.Speakers+".monitor", time.Second)
	if err != nil {
		return 0, 0 // the next attempt tells
	}
	lag, alike := soundserver.Lag(in, out, seconds(0.9))
	return time.Duration(lag * float64(time.Second) / audioio.SampleRate), alike
}

// After each fault what others say comes out of the loudspeakers through the virtual output again, in time.
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
		for _, f := range faults(stage.Lasting(t, "STILLMIC_ASLEEP", 3*time.Second)) {
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
			goesOn(s, f, begin)
		}
	})
}

// goesOn waits until the sound goes its way again after a fault, and comes in time.
func goesOn(s *stage.Stage, f fault, begin time.Time) {
	s.T.Helper()
	for !playsThrough(s) {
		if time.Since(begin) > stage.GiveUp {
			st, err := s.Status()
			s.T.Fatalf("%s: it does not play through the speaker after %v: %+v, %v", f.name, time.Since(begin), st.Speaker, err)
		}
		time.Sleep(10 * time.Millisecond)
	}
	awaitSound(s, soundserver.Speakers, stage.GiveUp)
	took := time.Since(begin)
	if !f.stands {
		s.T.Logf("FAULT %s: %.2f s", f.name, took.Seconds())
		return
	}
	by, alike := late(s)
	for ; alike < 0.5 || by > most; by, alike = late(s) {
		if time.Since(begin) > stage.GiveUp {
			st, err := s.Status()
			s.T.Fatalf("%s: what is played comes %v later (alike by %.2f), want %v at most: %+v, %v", f.name, by, alike, most, st.Speaker, err)
		}
	}
	s.T.Logf("FAULT %s: %.2f s, in time within %.2f s: %v later", f.name, took.Seconds(), time.Since(begin).Seconds(), by.Round(time.Millisecond))
}
