//go:build portaudio && linux

package portaudio_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/internal/servertest"
	"github.com/stillmic/stillmic/audioio/portaudio"
	"github.com/stillmic/stillmic/audioio/soundserver"
)

// alsaConfig has ALSA reach the private server by names of its own.
const alsaConfig = `
pcm.fakemic { type pulse device "fakemic" }
pcm.cable { type pulse device "cable_sink" }
`

// openPortAudio starts Library on a private PulseAudio with the fake
// microphone and a virtual cable.
func openPortAudio(t *testing.T) (*soundserver.Server, *portaudio.Library) {
	t.Helper()
	s := soundserver.StartPulseAudio(t)
	if err := s.AddMic("cable", 48000, 2); err != nil {
		t.Fatal(err)
	}
	s.UseALSA(t, alsaConfig)
	p, err := portaudio.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, p
}

func TestPortAudioDevices(t *testing.T) {
	_, p := openPortAudio(t)
	list, err := p.Devices()
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, d := range list {
		t.Logf("%+v", d)
		found = found || d.Name == "fakemic"
	}
	if !found {
		t.Error("the fake microphone is not listed")
	}
	if _, err := p.OpenSource("nonsense"); !errors.Is(err, audioio.ErrNoDevice) {
		t.Errorf("unknown name: %v, want ErrNoDevice", err)
	}
}

func TestPortAudioCapture(t *testing.T) {
	s, p := openPortAudio(t)
	servertest.PlayTone(t, s, soundserver.FakeMicSink)
	src, err := p.OpenSource("fakemic")
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	servertest.ReadBlocks(t, src, 100)
	stalls := soundserver.WatchStalls(5 * time.Millisecond)
	x := servertest.ReadBlocks(t, src, 300)
	servertest.CheckTone(t, x, stalls.Stop())
	var b audioio.Block
	least := math.Inf(1)
	for range 5 {
		least = min(least, testing.AllocsPerRun(25, func() {
			if err := src.ReadBlock(&b); err != nil {
				t.Fatal(err)
			}
		}))
	}
	if least >= 3 { // the binding's callback allocates beside us
		t.Errorf("%v allocations per block", least)
	}
	if err := src.Close(); err != nil {
		t.Fatal(err)
	}
	if err := src.ReadBlock(&b); !errors.Is(err, audioio.ErrClosed) {
		t.Errorf("read after Close: %v, want ErrClosed", err)
	}
}

// TestPortAudioThrough plays the microphone into a cable, as on Windows.
func TestPortAudioThrough(t *testing.T) {
	s, p := openPortAudio(t)
	servertest.PlayLoop(t, s, soundserver.FakeMicSink, soundserver.Noise(5*audioio.SampleRate, 0.3, 1))
	src, err := p.OpenSource("fakemic")
	if err != nil {
		t.Fatal(err)
	}
	sink, err := p.OpenSink("cable")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		var b audioio.Block
		for src.ReadBlock(&b) == nil && sink.WriteBlock(&b) == nil {
			continue
		}
	}()
	time.Sleep(1500 * time.Millisecond)
	stalls := soundserver.WatchStalls(5 * time.Millisecond)
	x, y, err := s.RecordPair(servertest.Timeout(t, 30*time.Second), soundserver.FakeMic, "cable", 8*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("stats %+v; machine: %v", sink.Stats(), stalls.Stop())
	// The two streams run on clocks of their own and ALSA's plugin buffers
	// much, so that the lag is looked for far off, in pieces of a second.
	const piece = audioio.SampleRate
	good := 0
	for at := piece; at+piece <= len(x); at += piece {
		lag, corr := soundserver.Lag(x[at:at+piece], y[at:at+piece], piece*3/4)
		level := soundserver.DB(soundserver.RMS(y[at:at+piece]) / soundserver.RMS(x[at:at+piece]))
		t.Logf("adds %.1f ms, correlation %.3f, level %+.2f dB", lag/48, corr, level)
		if corr > 0.3 && math.Abs(level) < 0.5 {
			good++
		}
	}
	if good < 3 {
		t.Errorf("only %d good pieces", good)
	}
	if err := errors.Join(src.Close(), sink.Close()); err != nil {
		t.Fatal(err)
	}
	<-done
	if err := sink.WriteBlock(new(audioio.Block)); !errors.Is(err, audioio.ErrClosed) {
		t.Errorf("write after Close: %v, want ErrClosed", err)
	}
}
