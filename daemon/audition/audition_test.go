package audition

import (
	"errors"
	"io"
	"math"
	"path/filepath"
	"testing"

	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/wav"
	"github.com/stillmic/stillmic/dsp"
)

// TestPairGoesOnAtTheSamePlace: whichever side is heard, it is heard at its own place, and a
// change is no click; channels and rates may differ.
func TestPairGoesOnAtTheSamePlace(t *testing.T) {
	dir := t.TempDir()
	at := func(i, rate int) float64 { return math.Sin(2 * math.Pi * 100 * float64(i) / float64(rate)) }
	write := func(name string, rate, channels int, gain float64) string {
		x := make([]float32, rate*channels)
		for i := range x {
			x[i] = float32(gain * at(i/channels, rate))
		}
		path := filepath.Join(dir, name)
		if err := wav.WriteFile(path, pcm.Format{Rate: rate, Channels: channels, Encoding: pcm.Float32}, x); err != nil {
			t.Fatal(err)
		}
		return path
	}
	p, err := Open(write("a.wav", 44100, 2, 0.8), write("b.wav", 48000, 1, 0.2))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	hop, read, last := make([]float32, dsp.Hop), 0, 0.0
	for h := 0; ; h++ {
		if h%10 == 5 {
			p.Hear(1 - p.Heard())
		}
		n, err := p.Read(hop)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range hop[:n] {
			if step := math.Abs(float64(v) - last); step > 0.02 && read > 0 { // 0.8 sin at 100 Hz moves by 0.011
				t.Fatalf("a click of %.3f at sample %d", step, read+i)
			}
			last = float64(v)
			gain := map[Side]float64{Before: 0.8, After: 0.2}[p.Heard()]
			if want := gain * at(read+i, 48000); h%10 != 5 && read+i > 100 && read+i < 47900 && math.Abs(want-last) > 0.01 {
				t.Fatalf("%v: sample %d is %.3f, want %.3f", p.Heard(), read+i, last, want)
			}
		}
		read += n
	}
	if read < 47990 || read > 48010 || math.Abs(p.Seconds()-1) > 0.001 {
		t.Errorf("%d samples were read, %.3f s", read, p.Seconds())
	}
	if _, err := Open(filepath.Join(dir, "a.wav"), filepath.Join(dir, "none.wav")); err == nil {
		t.Error("a file that is not there was opened")
	}
}
