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

// Track adds an empty spectrogram with a title.
func (p *Picture) Track(title string) *Track {
	t := newTrack(title, p.rate)
	p.tracks = append(p.tracks, t)
	return t
}

// Add adds a spectrogram of all samples at once.
func (p *Picture) Add(title string, x []float32) { p.Track(title).Write(x) }

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
	analyzer *dsp.Analyzer
	spec     [bins]complex64
	part     [hop]float32
	have     int // samples in part
	samples  int64

	columns [][bins]float32 // mean power
	per     int             // frames in each column but the last
	frames  int             // in the last
}

func newTrack(title string, rate int) *Track {
	return &Track{title: title, rate: rate, analyzer: dsp.NewAnalyzer(), per: 1}
}

// Write appends samples.
func (t *Track) Write(x []float32) {
	t.samples += int64(len(x))
	for len(x) > 0 {
		n := copy(t.part[t.have:], x)
		t.have += n
		x = x[n:]
		if t.have == hop {
			t.have = 0
			t.frame()
		}
	}
}

// frame adds a frame to the last column, or begins a new one.
func (t *Track) frame() {
	t.analyzer.Analyze(t.spec[:], t.part[:])
	if t.frames == t.per || len(t.columns) == 0 {
		if len(t.columns) == maxColumns {
			t.join()
		}
		t.columns = append(t.columns, [bins]float32{})
		t.frames = 0
	}
	c := &t.columns[len(t.columns)-1]
	t.frames++
	for i, v := range t.spec {
		// A sine of full scale has |X| = sum of the window / 2 = 960/pi = 306.
		const full = (window / 3.14159265) * (window / 3.14159265)
		p := (real(v)*real(v) + imag(v)*imag(v)) / full
		c[i] += (p - c[i]) / float32(t.frames)
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
