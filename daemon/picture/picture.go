// Package picture draws spectrograms, one below the other, with axes, times and
// a legend, as a PNG.
//
// Samples come in pieces of any size, so that an hour is drawn in the memory of
// a minute: the frames that fall on one column of pixels are gathered as they
// come, and columns are joined in pairs when there are too many.
package picture

import (
	"bufio"
	"errors"
	"fmt"
	"image/png"
	"io"
	"math"
	"os"

	"github.com/stillmic/stillmic/dsp"
)

// Picture is a stack of spectrograms of the same stretch of time.
type Picture struct {
	rate   int
	tracks []*Track
}

// New returns an empty picture of audio at a rate in Hz.
func New(rate int) *Picture { return &Picture{rate: rate} }

// Track adds an empty spectrogram with a title, of the mean power of a number of
// channels.
func (p *Picture) Track(title string, channels int) *Track {
	t := newTrack(title, p.rate, channels)
	p.tracks = append(p.tracks, t)
	return t
}

// Add adds a spectrogram of all samples of one channel at once.
func (p *Picture) Add(title string, x []float32) { p.Track(title, 1).Write(x) }

// WriteFile writes the picture to a file.
func (p *Picture) WriteFile(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	if err := errors.Join(p.Encode(w), w.Flush(), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// Encode writes the picture as a PNG.
func (p *Picture) Encode(w io.Writer) error {
	e := png.Encoder{CompressionLevel: png.BestCompression}
	return e.Encode(w, p.draw())
}

const (
	// maxColumns bounds the memory: beyond, columns are joined in pairs.
	maxColumns = 2400

	// window and hop of the analysis, in samples of the audio's own rate.
	window = dsp.Window
	hop    = dsp.Hop

	bins = dsp.Bins
)

// Track is one spectrogram.
type Track struct {
	title    string
	rate     int
	channels []*dsp.Analyzer
	spec     [bins]complex64
	power    [bins]float32
	one      [hop]float32
	part     []float32 // hop frames
	have     int       // samples in part
	samples  int64     // of each channel

	columns [][bins]float32 // mean power
	per     int             // frames in each column but the last
	frames  int             // in the last
}

func newTrack(title string, rate, channels int) *Track {
	t := &Track{title: title, rate: rate, part: make([]float32, hop*channels), per: 1}
	for range channels {
		t.channels = append(t.channels, dsp.NewAnalyzer())
	}
	return t
}

// Write appends interleaved frames.
func (t *Track) Write(x []float32) {
	t.samples += int64(len(x) / len(t.channels))
	for len(x) > 0 {
		n := copy(t.part[t.have:], x)
		t.have += n
		x = x[n:]
		if t.have == len(t.part) {
			t.have = 0
			t.frame()
		}
	}
}

// frame adds a frame to the last column, or begins a new one.
func (t *Track) frame() {
	t.analyse()
	if t.frames == t.per || len(t.columns) == 0 {
		if len(t.columns) == maxColumns {
			t.join()
		}
		t.columns = append(t.columns, [bins]float32{})
		t.frames = 0
	}
	c := &t.columns[len(t.columns)-1]
	t.frames++
	for i, p := range t.power {
		c[i] += (p - c[i]) / float32(t.frames)
	}
}

// analyse sets power to the mean of the channels.
func (t *Track) analyse() {
	clear(t.power[:])
	n := len(t.channels)
	// A sine of full scale has |X| = sum of the window / 2 = 960/pi = 306.
	full := float32(window/math.Pi) * float32(window/math.Pi) * float32(n)
	for c, a := range t.channels {
		for i := range t.one {
			t.one[i] = t.part[i*n+c]
		}
		a.Analyze(t.spec[:], t.one[:])
		for i, v := range t.spec {
			t.power[i] += (real(v)*real(v) + imag(v)*imag(v)) / full
		}
	}
}

// join halves the number of columns.
func (t *Track) join() {
	for i := range len(t.columns) / 2 {
		a, b := &t.columns[2*i], &t.columns[2*i+1]
		for k := range a {
			t.columns[i][k] = (a[k] + b[k]) / 2
		}
	}
	t.columns = t.columns[:len(t.columns)/2]
	t.per *= 2
}

// seconds is the length of the track.
func (t *Track) seconds() float64 { return float64(t.samples) / float64(t.rate) }
