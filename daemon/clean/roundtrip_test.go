package clean

import (
	"errors"
	"fmt"
	"io"
	"log"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stillmic/stillmic/audioio/metadata"
	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/recording"
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
		encoding pcm.Encoding
		below    float64 // dB of the difference below the sound
	}
	kinds := []file{{".wav", pcm.Uint8, 35}, {".wav", pcm.Int16, 55}, {".wav", pcm.Int24, 60}, {".wav", pcm.Int32, 60},
		{".wav", pcm.Float32, 60}, {".wav", pcm.Float64, 60}, {".flac", pcm.Int16, 55}, {".flac", pcm.Int24, 60}}
	log.SetOutput(io.Discard) // the FLAC library tells of rates that it has no tests for
	numbers := []int{1, 2, 6}
	for i, rate := range rates {
		t.Run(fmt.Sprintf("%d Hz", rate), func(t *testing.T) {
			t.Parallel() // most of the time goes by until the disk has it
			// Every rate has every length with every number of channels, and so has
			// every kind at one rate or another.
			for j := range len(lengths) * len(numbers) {
				k := kinds[(i+j)%len(kinds)]
				f := pcm.Format{Rate: rate, Channels: numbers[j/len(lengths)], Encoding: k.encoding}
				roundTrip(t, k.ext, f, lengths[j%len(lengths)], k.below)
			}
		})
	}
}

func roundTrip(t *testing.T, ext string, f pcm.Format, frames int, below float64) {
	t.Helper()
	what := fmt.Sprintf("%s, %s, %d Hz, %d channels, %d frames", ext, f.Encoding, f.Rate, f.Channels, frames)
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in"+ext), filepath.Join(dir, "out"+ext)
	writeFile(t, in, f, tone(f.Rate, f.Channels, frames))
	x, fx := readFile(t, in)
	res, err := File(t.Context(), Job{In: in, Out: out, Residual: filepath.Join(dir, "gone"+ext)}, options)
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

func writeFile(t *testing.T, path string, f pcm.Format, x []float32) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := recording.NewWriter(file, path, f, metadata.Metadata{})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Write(x), w.Close(), file.Close()); err != nil {
		t.Fatal(err)
	}
}

func readFile(t *testing.T, path string) (x []float32, f pcm.Format) {
	t.Helper()
	r, err := recording.Open(path)
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
