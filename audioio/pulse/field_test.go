//go:build linux

package pulse_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/internal/servertest"
	"github.com/stillmic/stillmic/audioio/pulse"
	"github.com/stillmic/stillmic/audioio/soundserver"
)

// addInterface adds an interface of eight inputs without places, with a tone on one of them.
func addInterface(t *testing.T, s *soundserver.Server, name string, input int) {
	t.Helper()
	path := filepath.Join(s.RuntimeDir, name+".fifo")
	if _, err := s.LoadModule("module-pipe-source", "source_name="+name+" file="+path+
		" format=float32le rate=48000 channels=8 channel_map=aux0,aux1,aux2,aux3,aux4,aux5,aux6,aux7"); err != nil {
		t.Fatal(err)
	}
	fifo, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tone := soundserver.Sine(audioio.SampleRate, 1000, 0.1)
		for at := 0; ; at = (at + audioio.BlockSize) % len(tone) {
			var frames []float32
			for _, v := range tone[at : at+audioio.BlockSize] {
				frame := make([]float32, 8)
				frame[input] = v
				frames = append(frames, frame...)
			}
			if _, err := fifo.Write(soundserver.Float32LE(frames)); err != nil {
				return // it is closed
			}
			time.Sleep(10 * time.Millisecond)
		}
	}()
	t.Cleanup(func() { _ = fifo.Close(); <-ended })
}

// The voice is heard whichever input of an interface it is in.
func TestInterfaceOfManyInputs(t *testing.T) {
	eachServer(t, func(t *testing.T, s *soundserver.Server, p *pulse.Server) {
		addInterface(t, s, "scarlett", 5)
		src := capture(t, p, "scarlett")
		servertest.ReadBlocks(t, src, 100)
		level := servertest.LevelDB(servertest.ReadBlocks(t, src, 50))
		for range 10 { // where the test writes too late there are gaps
			if level > -15 {
				break
			}
			level = servertest.LevelDB(servertest.ReadBlocks(t, src, 50))
		}
		if level < -15 || level > -13 { // a peak of 0.1 is 14 dB below the test tone's 0.5
			t.Errorf("the tone comes %.1f dB below the test tone, want 14", -level)
		}
		for channel, heard := range map[int]bool{3: false, 6: true} {
			src.ChooseChannel(channel)
			servertest.ReadBlocks(t, src, 100) // what waits is of before
			level := servertest.LevelDB(servertest.ReadBlocks(t, src, 20))
			if (level > -30) != heard {
				t.Errorf("channel %d: the level is %.1f dB", channel, level)
			}
		}
	})
}

// The level meter of a mixer is nobody who listens.
func TestMeterIsNoListener(t *testing.T) {
	eachServer(t, func(t *testing.T, s *soundserver.Server, p *pulse.Server) {
		m := publish(t, p, pulse.PublishOptions{})
		stop, err := s.Meter(pulse.MicName)
		if err != nil {
			t.Fatal(err)
		}
		defer stop()
		time.Sleep(500 * time.Millisecond)
		if n := m.Listeners(); n != 0 {
			t.Errorf("%d programs record it, want none", n)
		}
		if list, err := p.Recorders(); err != nil || len(list) != 0 {
			t.Errorf("recorders %+v, %v", list, err)
		}
	})
}

// A chosen microphone is found when its card has another profile, and by its own name first.
func TestMicrophoneOfAnotherProfile(t *testing.T) {
	eachServer(t, func(t *testing.T, s *soundserver.Server, p *pulse.Server) {
		const stereo, pro = "alsa_input.usb-Mic-00.analog-stereo", "alsa_input.usb-Mic-00.pro-input-0"
		if err := s.AddMic(pro, 48000, 1); err != nil {
			t.Fatal(err)
		}
		if d, err := p.Pick(stereo); err != nil || d.Name != pro {
			t.Errorf("picked %q, %v; want %q", d.Name, err, pro)
		}
		if err := s.AddMic(stereo, 48000, 2); err != nil {
			t.Fatal(err)
		}
		if d, err := p.Pick(stereo); err != nil || d.Name != stereo {
			t.Errorf("picked %q, %v; want %q", d.Name, err, stereo)
		}
	})
}
