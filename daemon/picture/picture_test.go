package picture

import (
	"bytes"
	"image"
	"image/png"
	"math"
	"testing"

	"github.com/stillmic/stillmic/dsp"
)

// tone returns a sine of a frequency in Hz and a peak.
func tone(n int, freq, peak float64) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(peak * math.Sin(2*math.Pi*freq*float64(i)/dsp.SampleRate))
	}
	return x
}

func encode(t *testing.T, p *Picture) image.Image {
	t.Helper()
	var b bytes.Buffer
	if err := p.Encode(&b); err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// A tone shows at its height and its time, in the colour of its level.
func TestToneIsWhereItBelongs(t *testing.T) {
	x := append(make([]float32, 2*dsp.SampleRate), tone(2*dsp.SampleRate, 6000, 0.1)...)
	p := New(dsp.SampleRate)
	p.Add("silence, then 6 kHz at -20 dBFS", x)
	img := encode(t, p)
	at := func(seconds, kHz float64) (r, g, b uint32) {
		px := left + int(seconds/4*plotWidth)
		py := top + plotHeight - 1 - int(kHz/24*plotHeight)
		r, g, b, _ = img.At(px, py).RGBA()
		return r >> 8, g >> 8, b >> 8
	}
	same := func(r, g, b uint32, level float64) bool {
		c := blend((level - lowest) / (highest - lowest))
		near := func(a uint32, v uint8) bool { return math.Abs(float64(a)-float64(v)) <= 12 }
		return near(r, c.R) && near(g, c.G) && near(b, c.B)
	}
	for _, c := range []struct{ s, kHz, level float64 }{
		{1, 6, lowest}, {3, 6, -20}, {3, 15, lowest}, {1, 15, lowest},
	} {
		if r, g, b := at(c.s, c.kHz); !same(r, g, b, c.level) {
			t.Errorf("at %.0f s and %.0f kHz: colour %d,%d,%d, want that of %.0f dB", c.s, c.kHz, r, g, b, c.level)
		}
	}
}

// Memory stays bounded, and pieces of any size give the same columns.
func TestLongTracks(t *testing.T) {
	x := tone(40*dsp.SampleRate, 1000, 0.5)
	whole, pieces := newTrack("", dsp.SampleRate, 1), newTrack("", dsp.SampleRate, 1)
	whole.Write(x)
	for i := 0; i < len(x); i += 777 {
		pieces.Write(x[i:min(i+777, len(x))])
	}
	if len(whole.columns) > maxColumns || whole.per != 2 {
		t.Errorf("%d columns of %d frames for 4000 frames", len(whole.columns), whole.per)
	}
	if len(whole.columns) != len(pieces.columns) || whole.samples != pieces.samples {
		t.Fatalf("%d columns and %d", len(whole.columns), len(pieces.columns))
	}
	for i := range whole.columns {
		if whole.columns[i] != pieces.columns[i] {
			t.Fatalf("column %d differs", i)
		}
	}
}

func TestTinyPictures(t *testing.T) {
	for _, n := range []int{0, 1, 479, 481} {
		p := New(8000)
		p.Add("short", tone(n, 440, 0.5))
		p.Add("", nil)
		if b := encode(t, p).Bounds(); b.Dx() != left+plotWidth+right {
			t.Errorf("%d samples: a picture of %v", n, b)
		}
	}
}

func TestTickStep(t *testing.T) {
	for length, want := range map[float64]float64{24: 5, 4: 0.5, 0.02: 0.002, 61: 10, 3600: 500} {
		if got := tickStep(length, 10); length/got > 10 || got != want && length != 24 {
			t.Errorf("%g: %g, want %g", length, got, want)
		}
	}
}

// Every channel shows, wherever it is, with its share of the power.
func TestChannels(t *testing.T) {
	left, right := tone(dsp.SampleRate, 3000, 0.5), tone(dsp.SampleRate, 9000, 0.5)
	stereo, low, high := newTrack("", dsp.SampleRate, 2), newTrack("", dsp.SampleRate, 1), newTrack("", dsp.SampleRate, 1)
	for i := range left {
		stereo.Write([]float32{left[i], right[i]})
	}
	low.Write(left)
	high.Write(right)
	if stereo.samples != low.samples || len(stereo.columns) != len(low.columns) {
		t.Fatalf("%d samples in %d columns", stereo.samples, len(stereo.columns))
	}
	for i, c := range stereo.columns {
		for k, p := range c {
			want := float64(low.columns[i][k]+high.columns[i][k]) / 2
			if math.Abs(float64(p)-want) > 1e-6 {
				t.Fatalf("column %d, bin %d: %g, want %g", i, k, p, want)
			}
		}
	}
}
