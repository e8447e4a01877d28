//go:build linux

package pulse_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jfreymuth/pulse/proto"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pulse"
	"github.com/stillmic/stillmic/audioio/soundserver"
)

const speakerName = pulse.MicName + pulse.SpeakerSuffix

// openSpeaker publishes the virtual output until the test ends.
func openSpeaker(t *testing.T, s *soundserver.Server) *pulse.Speaker {
	t.Helper()
	sp, err := pulse.OpenSpeaker(t.Context(), pulse.Options{Server: s.PulseServer}, "", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sp.Close() })
	return sp
}

// look waits until the virtual output stands as it is to.
func look(t *testing.T, sp *pulse.Speaker, what string, right func(audioio.SpeakerView) bool) audioio.SpeakerView {
	t.Helper()
	for begin := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		v, err := sp.Look("")
		if err != nil {
			t.Fatal(err)
		}
		if right(v) {
			return v
		}
		if time.Since(begin) > 20*time.Second {
			t.Fatalf("%s: %+v", what, v)
		}
	}
}

// carry moves sound as it comes until the test ends.
func carry(t *testing.T, sp *pulse.Speaker, output string) audioio.SpeakerStream {
	t.Helper()
	stream, err := sp.Stream(output)
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() {
		var l, r audioio.Block
		for stream.Read(&l, &r) == nil && stream.Write(l[:], r[:]) == nil {
		}
	})
	t.Cleanup(func() { stream.Close(); running.Wait() })
	return stream
}

// stereoNoise gives frames whose left channel is k/32768 for the k-th frame of a period, and the right
// one another, in steps that 16 bits hold exactly.
func stereoNoise(seed uint32) func([]float32) int {
	x := seed
	return func(p []float32) int {
		for i := range p {
			x = x*1664525 + 1013904223
			p[i] = float32(int16(x>>16)/4) / 32768
		}
		return len(p)
	}
}

// recordStereo records some seconds of frames.
func recordStereo(t *testing.T, s *soundserver.Server, source string, seconds int) (frames []float32) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 60*time.Second)
	defer stop()
	err := s.ListenStereo(ctx, func(x []float32) {
		if frames = append(frames, x...); len(frames) >= 2*seconds*audioio.SampleRate {
			stop()
		}
	}, source)
	if err != nil {
		t.Fatal(err)
	}
	return frames
}

// What is played into the virtual output comes out of the default one bit for bit in both channels,
// at any volume of the two; programs that play are known.
func TestSpeakerCarriesStereo(t *testing.T) {
	eachServer(t, func(t *testing.T, s *soundserver.Server, _ *pulse.Server) {
		sp := openSpeaker(t, s)
		look(t, sp, "nobody plays", func(v audioio.SpeakerView) bool { return v.Playing == 0 && v.Output.Name == soundserver.Speakers })
		ctx, stop := context.WithCancel(t.Context())
		var playing sync.WaitGroup
		want := make([]float32, 2*10*audioio.SampleRate)
		stereoNoise(7)(want)
		playing.Go(func() { _ = s.PlayStereo(ctx, speakerName, soundserver.Looped(want)) })
		defer playing.Wait()
		defer stop()
		begin := time.Now()
		v := look(t, sp, "somebody plays", func(v audioio.SpeakerView) bool { return v.Playing == 1 })
		if !slices.Equal(v.Apps, []string{"soundserver player"}) {
			t.Errorf("apps %q", v.Apps)
		}
		stream := carry(t, sp, v.Output.Name)
		t.Logf("carried after %v", time.Since(begin))
		for _, volume := range []float64{1, 0.625, 0.375} {
			setSinkVolume(t, s, speakerName, volume)
			look(t, sp, "the volume keys", func(audioio.SpeakerView) bool {
				return math.Abs(sinkVolume(t, s, soundserver.Speakers)-volume) < 0.01
			})
			time.Sleep(300 * time.Millisecond)
			for tries := 10; ; tries-- { // a machine that stands still makes gaps
				frames := recordStereo(t, s, soundserver.Speakers+".monitor", 2)
				factor := float32(volume * volume * volume) // a monitor gives what has been turned down
				for i := range frames {
					frames[i] /= factor
				}
				same := sameSamples(frames, want, 1.0/32768/factor) // PulseAudio's loudspeakers have 16 bits
				t.Logf("volume %.3f: %d samples in a row are the same; %+v", volume, same, stream.Stats())
				if same >= enough {
					break
				}
				if tries == 1 {
					t.Errorf("volume %.3f: only %d samples in a row are what was played, want %d", volume, same, enough)
					break
				}
			}
		}
	})
}

// Who has nothing to write, since too much waits to be played, learns by reading that the output is gone.
func TestSpeakerReadsOfEndedOutput(t *testing.T) {
	eachServer(t, func(t *testing.T, s *soundserver.Server, _ *pulse.Server) {
		sp := openSpeaker(t, s)
		module, err := s.LoadModule("module-null-sink", "sink_name=television rate=48000 channels=2")
		if err != nil {
			t.Fatal(err)
		}
		stream, err := sp.Stream("television")
		if err != nil {
			t.Fatal(err)
		}
		defer stream.Close()
		var left, right audioio.Block
		for range 10 { // it works
			if err := errors.Join(stream.Read(&left, &right), stream.Write(left[:], right[:])); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.UnloadModule(module); err != nil {
			t.Fatal(err)
		}
		for begin := time.Now(); err == nil; err = stream.Read(&left, &right) {
			stream.Fill()
			if time.Since(begin) > 10*time.Second {
				t.Fatal("it can still be read after 10 s")
			}
		}
		if !errors.Is(err, audioio.ErrDeviceGone) {
			t.Errorf("%v, want ErrDeviceGone", err)
		}
	})
}

// enough samples of both channels in a row, 0.3 s, are the same by no chance, and come between two gaps
// of a machine that stands still again and again, too.
const enough = 2 * 3 * audioio.SampleRate / 10

// sameSamples returns how many of frames in a row are in want, to within some rounding: enough, or
// as many as were found at most.
func sameSamples(frames, want []float32, rounding float32) (most int) {
	const step = 2 * audioio.SampleRate / 20
	same := func(a, b []float32) (n int) {
		for n < min(len(a), len(b)) && max(a[n]-b[n], b[n]-a[n]) <= rounding {
			n++
		}
		return n
	}
	for from := 0; from+enough <= len(frames); from += step {
		for at := 0; at < len(want); at += 2 {
			if most = max(most, same(frames[from:], want[at:])); most >= enough {
				return most
			}
		}
	}
	return most
}

func setSinkVolume(t *testing.T, s *soundserver.Server, sink string, volume float64) {
	t.Helper()
	v := proto.Volume(volume * float64(proto.VolumeNorm))
	err := s.Request(&proto.SetSinkVolume{SinkIndex: proto.Undefined, SinkName: sink, ChannelVolumes: proto.ChannelVolumes{v, v}}, nil)
	if err != nil {
		t.Fatal(err)
	}
}

func sinkVolume(t *testing.T, s *soundserver.Server, sink string) float64 {
	t.Helper()
	var r proto.GetSinkInfoReply
	if err := s.Request(&proto.GetSinkInfo{SinkIndex: proto.Undefined, SinkName: sink}, &r); err != nil {
		t.Fatal(err)
	}
	return float64(r.ChannelVolumes[0]) / float64(proto.VolumeNorm)
}
