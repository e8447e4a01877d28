//go:build linux

package pulse_test

import (
	"math"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/internal/servertest"
	"github.com/stillmic/stillmic/audioio/soundserver"
)

// What is written to the output comes out of the loudspeakers, at its level.
func TestOutputPlays(t *testing.T) {
	s := soundserver.StartPulseAudio(t)
	o, err := dial(t, s).OpenOutput(100 * time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	const freq, peak = 440, 0.3
	ctx := servertest.Timeout(t, 60*time.Second)
	played := make(chan error, 1)
	go func() {
		err := o.Write(ctx, soundserver.Sine(4*audioio.SampleRate, freq, peak))
		if err == nil {
			err = o.Drain()
		}
		played <- err
	}()
	x, err := s.Record(ctx, soundserver.Speakers+".monitor", 3*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if err := <-played; err != nil {
		t.Error(err)
	}
	x = x[2*audioio.SampleRate:]                                                              // a null sink takes up to 2 s to wake
	if level := soundserver.DB(soundserver.RMS(x) * math.Sqrt2 / peak); math.Abs(level) > 3 { // a machine that stands still makes gaps
		t.Errorf("the tone comes out at %+.1f dB", level)
	}
}
