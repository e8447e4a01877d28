//go:build portaudio && linux

package device

import (
	"context"
	"errors"
	"math"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap/zaptest"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/daemon/speaker"
)

// alsaConfig has ALSA reach the private server by names of its own: two cables, of which both ends
// have one name, and loudspeakers.
const alsaConfig = `
pcm.!default { type pulse }
pcm.calls { type pulse device "calls" }
pcm.phones { type pulse device "` + soundserver.Speakers + `" }
pcm.tape { type pulse device "fakemic_sink" }
`

// onPulse starts a private server that PortAudio reaches.
func onPulse(t *testing.T) *soundserver.Server {
	t.Helper()
	s := soundserver.StartPulseAudio(t)
	if err := s.AddMic("calls", 48000, 2); err != nil {
		t.Fatal(err)
	}
	s.UseALSA(t, alsaConfig)
	return s
}

// resting is a PortAudio whose speaker rests soon.
type resting struct{ PortAudio }

func (r resting) OpenSpeaker(ctx context.Context) (audioio.Speaker, error) {
	s, err := r.PortAudio.OpenSpeaker(ctx)
	if p, ok := s.(*portSpeaker); ok {
		p.hold = time.Second
	}
	return s, err
}

// state waits until the speaker is in a state.
func state(t *testing.T, s *speaker.Speaker, want speaker.State) speaker.Status {
	t.Helper()
	for begin := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		st := s.Status()
		if st.State == want {
			return st
		}
		if time.Since(begin) > 20*time.Second {
			t.Fatalf("%+v, want %s", st, want)
		}
	}
}

// What is played into a cable comes out of the loudspeakers with less noise, and nothing is done
// while nobody plays.
func TestPortAudioSpeaker(t *testing.T) {
	s := onPulse(t)
	sp := speaker.New(speaker.Options{Opener: resting{PortAudio{Cable: "tape", SpeakerCable: "calls"}}, Weights: speaker.Network,
		Log: zaptest.NewLogger(t)})
	sp.Set(speaker.Settings{On: true, Strength: 24, Device: "phones"})
	var running sync.WaitGroup
	defer running.Wait()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	running.Go(func() { sp.Run(ctx) })
	if st := state(t, sp, speaker.Suspended); st.Cable != "calls" {
		t.Errorf("%+v, want the cable's name", st)
	}
	playing, end := context.WithCancel(ctx)
	x := soundserver.Noise(10*audioio.SampleRate, 0.05, 1)
	running.Go(func() { _ = s.PlayLoop(playing, "calls_sink", x) })
	state(t, sp, speaker.Running)
	time.Sleep(3 * time.Second)
	var lowered float64
	for range 5 { // a machine that stands still makes gaps, and clicks
		got, err := s.Record(t.Context(), soundserver.Speakers+".monitor", 2*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		lowered = soundserver.DB(soundserver.RMS(x)) - soundserver.DB(soundserver.RMS(got))
		t.Logf("LOWERED by %.1f dB: %+v", lowered, sp.Status())
		if lowered > 12 && lowered < 28 {
			break
		}
	}
	if lowered <= 12 || lowered >= 28 {
		t.Errorf("the noise is lowered by %.1f dB, want 12 to 28", lowered)
	}
	end()
	if st := state(t, sp, speaker.Suspended); st.Hops < 300 {
		t.Errorf("%d hops went through", st.Hops)
	}
	before := sp.Status().Hops
	time.Sleep(500 * time.Millisecond)
	if now := sp.Status().Hops; now != before {
		t.Errorf("%d hops while nobody plays", now-before)
	}
}

// A stream allocates nothing, and wakes its reader when it is closed.
func TestPortAudioSpeakerEnds(t *testing.T) {
	onPulse(t)
	opened, err := PortAudio{Cable: "tape", SpeakerCable: "calls"}.OpenSpeaker(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	stream, err := opened.Stream("phones")
	if err != nil {
		t.Fatal(err)
	}
	var left, right audioio.Block
	least := math.Inf(1)
	for range 5 {
		least = min(least, testing.AllocsPerRun(25, func() {
			stream.Fill()
			if err := errors.Join(stream.Read(&left, &right), stream.Write(left[:], right[:])); err != nil {
				t.Fatal(err)
			}
		}))
	}
	if least >= 6 { // the binding's two callbacks allocate beside us
		t.Errorf("%v allocations per hop", least)
	}
	time.AfterFunc(300*time.Millisecond, func() { stream.Close() })
	for err == nil {
		err = stream.Read(&left, &right)
	}
	if !errors.Is(err, audioio.ErrClosed) {
		t.Errorf("%v, want ErrClosed", err)
	}
	if _, err := opened.Stream("nonsense"); !errors.Is(err, audioio.ErrNoDevice) {
		t.Errorf("an unknown output: %v, want ErrNoDevice", err)
	}
}

// A cable that is not there, and the microphone's own, are named.
func TestPortAudioSpeakerCable(t *testing.T) {
	onPulse(t)
	for cable, want := range map[string]error{"nonsense": audioio.ErrNoDevice, "tape": audioio.ErrNoCable} {
		_, err := PortAudio{Cable: "tape", SpeakerCable: cable}.OpenSpeaker(t.Context())
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", cable, err, want)
		}
	}
}

// The library is left, so that it is started anew, when the microphone has closed its own and looks for a
// device that was plugged in: whether anybody plays or not. While the microphone is recorded it is not.
func TestPortAudioSpeakerMakesWay(t *testing.T) {
	onPulse(t)
	o := PortAudio{Cable: "tape", SpeakerCable: "calls"}
	opened, err := o.OpenSpeaker(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s := opened.(*portSpeaker)
	defer s.Close()
	missing, err := o.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	found, err := o.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	missing.Close()
	if err := s.fault(anewAfter + 1); err != nil {
		t.Errorf("the microphone is recorded: %v", err)
	}
	found.Close()
	if err := s.fault(anewAfter - 1); err != nil {
		t.Errorf("it has just begun: %v", err)
	}
	select {
	case <-s.Done():
	case <-time.After(anewAfter + 5*time.Second):
		t.Fatal("it keeps the library")
	}
	if _, err := s.Look(""); !errors.Is(err, audioio.ErrServerGone) {
		t.Errorf("%v, want ErrServerGone", err)
	}
}
