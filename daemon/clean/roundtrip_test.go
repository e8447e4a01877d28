package clean

import (
	"errors"
	"fmt"
	"io"
	"log"
	"math"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stillmic/stillmic/audioio"
)

// Files of the lengths that have edges: one sample, around a hop, around a chunk,
// around the filters' reach.
var lengths = []int{1, 2, 95, 479, 480, 481, 4799, 4801, 9601}

var rates = []int{8000, 11025, 12000, 16000, 22050, 24000, 32000, 37800, 44100, 48000, 88200, 96000, 176400, 192000}

// TestRoundTrip sends files of every kind through everything but the network:
// the format, rate, channels and length stay, and every sample is in its place.
func TestRoundTrip(t *testing.T) {
	type file struct {
		ext      string
		encoding audioio.Encoding
		below    float64 // dB of the difference below the sound
	}
	kinds := []file{{".wav", audioio.PCM8, 35}, {".wav", audioio.PCM16, 55}, {".wav", audioio.PCM24, 60}, {".wav", audioio.PCM32, 60},
		{".wav", audioio.Float32, 60}, {".wav", audioio.Float64, 60}, {".flac", audioio.PCM16, 55}, {".flac", audioio.PCM24, 60}}
	log.SetOutput(io.Discard) // the FLAC library tells of rates that it has no tests for
	n := 0
	for _, rate := range rates {
		for _, k := range kinds {
			// Every length and number of channels is tried with every rate and kind,
			// though not all of them at once.
			for range 2 {
				f := audioio.WAVFormat{Rate: rate, Channels: []int{1, 2, 6}[n%3], Encoding: k.encoding}
				roundTrip(t, k.ext, f, lengths[n*5%len(lengths)], k.below)
				n++
			}
		}
	}
}

func roundTrip(t *testing.T, ext string, f audioio.WAVFormat, frames int, below float64) {
	t.Helper()
	what := fmt.Sprintf("%s, %s, %d Hz, %d channels, %d frames", ext, f.Encoding, f.Rate, f.Channels, frames)
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in"+ext), filepath.Join(dir, "out"+ext)
	writeFile(t, in, f, tone(f.Rate, f.Channels, frames))
	x, fx := readFile(t, in)
	res, err := File(t.Context(), Job{In: in, Out: out, Residue: filepath.Join(dir, "gone"+ext)}, options)
	if err != nil {
		t.Errorf("%s: %v", what, err)
		return
	}
	y, fy := readFile(t, out)
	if fx != fy || len(x) != len(y) || res.Frames != int64(frames) {
		t.Errorf("%s: %+v with %d samples became %+v with %d", what, fx, len(x), fy, len(y))
		return
	}
	// Where a file is cut off, no filter keeps what is there.
	if edge := 200 * f.Channels; len(x) > 4*edge {
		if got := apart(x[edge:len(x)-edge], y[edge:len(y)-edge]); got < below {
			t.Errorf("%s: the difference is %.1f dB below the sound, not %g", what, got, below)
		}
	}
}

// tone is low enough for every rate, and begins and ends in silence.
func tone(rate, channels, frames int) []float32 {
	x := make([]float32, frames*channels)
	for i := range frames {
		for c := range channels {
			x[i*channels+c] = float32(0.4 * math.Sin(2*math.Pi*float64(250+90*c)*float64(i)/float64(rate)) * math.Sin(math.Pi*float64(i)/float64(frames)))
		}
	}
	return x
}

func writeFile(t *testing.T, path string, f audioio.WAVFormat, x []float32) {
	t.Helper()
	p, err := beside(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := audioio.NewRecordingWriter(p.file, path, f, audioio.Metadata{})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Write(x), w.Close(), p.commit("")); err != nil {
		t.Fatal(err)
	}
}

func readFile(t *testing.T, path string) (x []float32, f audioio.WAVFormat) {
	t.Helper()
	r, err := audioio.OpenRecording(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b := make([]float32, 1000*r.Channels())
	for {
		n, err := r.Read(b)
		x = append(x, b[:n*r.Channels()]...)
		if errors.Is(err, io.EOF) {
			return x, r.Format()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// apart is by how many dB the difference lies below x.
func apart(x, y []float32) float64 {
	sum, diff := 1e-20, 1e-20
	for i := range x {
		sum += float64(x[i]) * float64(x[i])
		diff += float64(x[i]-y[i]) * float64(x[i]-y[i])
	}
	return 10 * math.Log10(sum/diff)
}

// TestRoundTripForeign goes through the encoders of ffmpeg: none keeps the
// samples, but all the length and the place. AAC in MP4 fills up its last frame
// of 1024.
func TestRoundTripForeign(t *testing.T) {
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("SKIPPED: ffmpeg is not installed, its formats are not tried")
	}
	for _, c := range []struct {
		ext            string
		rate, channels int
		frames         int
		more           int // frames that may be added
	}{
		{".mp3", 44100, 2, 30011, 0}, {".mp3", 16000, 1, 9001, 0}, {".ogg", 44100, 2, 30011, 0}, {".ogg", 22050, 1, 7001, 0},
		{".opus", 48000, 2, 30011, 0}, {".opus", 48000, 1, 20011, 0}, {".m4a", 44100, 2, 30011, 1023}, {".mov", 48000, 1, 30011, 1023},
		{".aiff", 44100, 2, 30011, 0}, {".caf", 96000, 1, 30011, 0},
	} {
		dir := t.TempDir()
		in, out := filepath.Join(dir, "in"+c.ext), filepath.Join(dir, "out"+c.ext)
		writeFile(t, in, audioio.WAVFormat{Rate: c.rate, Channels: c.channels, Encoding: audioio.PCM24}, tone(c.rate, c.channels, c.frames))
		x, _ := readFile(t, in)
		if _, err := File(t.Context(), Job{In: in, Out: out}, options); err != nil {
			t.Errorf("%s: %v", c.ext, err)
			continue
		}
		y, _ := readFile(t, out)
		more := (len(y) - len(x)) / c.channels
		if more < 0 || more > c.more {
			t.Errorf("%s: %d samples became %d", c.ext, len(x), len(y))
			continue
		}
		edge := c.frames / 5 * c.channels
		got := apart(x[edge:len(x)-edge], y[edge:len(x)-edge])
		t.Logf("%s: %d frames and %d, the difference is %.1f dB below the sound", c.ext, len(x)/c.channels, len(y)/c.channels, got)
		if got < 20 { // one sample beside its place it would be 27 dB at 44.1 kHz, ten 7 dB
			t.Errorf("%s: the difference is %.1f dB below the sound", c.ext, got)
		}
	}
}
