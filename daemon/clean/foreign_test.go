package clean

import (
	"fmt"
	"math"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stillmic/stillmic/audioio/pcm"
)

// TestRoundTripForeign goes through the encoders of ffmpeg: none keeps the
// samples, but all the place, and the length but for a last frame that is filled
// up.
func TestRoundTripForeign(t *testing.T) {
	needFFmpeg(t)
	for _, c := range []struct {
		ext            string
		rate, channels int
		frames         int
		more           int // frames that may be added
	}{
		{".mp3", 44100, 2, 30011, 0}, {".mp3", 16000, 1, 9001, 0}, {".ogg", 44100, 2, 30011, 0}, {".opus", 48000, 1, 20011, 0},
		{".m4a", 44100, 2, 30011, 1023}, {".mp3", 37800, 1, 9001, 0}, {".mov", 48000, 1, 30011, 1023}, {".aiff", 44100, 2, 30011, 0}, {".caf", 96000, 1, 30011, 0},
		{".mka", 44100, 2, 30011, 1023}, {".aac", 44100, 1, 30011, 1023}, {".ac3", 48000, 2, 30011, 1535}, {".wma", 44100, 2, 30011, 2047}, {".wma", 16000, 1, 9001, 511},
		{".mp2", 48000, 2, 30011, 1151}, {".mpga", 44100, 1, 30011, 0}, {".weba", 48000, 1, 20011, 959}, {".wv", 44100, 2, 30011, 0}, {".tta", 44100, 1, 30011, 0},
		{".aifc", 44100, 2, 30011, 0}, {".3ga", 44100, 1, 30011, 1023}, {".m4r", 44100, 2, 30011, 1023},
		{".mkv", 48000, 2, 1, 1023}, {".avi", 44100, 1, 900, 2303}, // less than the encoder's delay
	} {
		t.Run(fmt.Sprintf("%s, %d Hz, %d frames", c.ext, c.rate, c.frames), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			in, out := filepath.Join(dir, "in"+c.ext), filepath.Join(dir, "out"+c.ext)
			writeFile(t, in, pcm.Format{Rate: c.rate, Channels: c.channels, Encoding: pcm.Int24}, tone(c.rate, c.channels, c.frames))
			inPlace(t, in, out, c.more)
		})
	}
}

// TestWrongEnding: what a file is decides how it is read, its name how the result is written.
func TestWrongEnding(t *testing.T) {
	needFFmpeg(t)
	dir := t.TempDir()
	wav := filepath.Join(dir, "in.wav")
	writeFile(t, wav, pcm.Format{Rate: 48000, Channels: 1, Encoding: pcm.Int16}, tone(48000, 1, 30011))
	for _, c := range [][2]string{{"ipod", ".mp3"}, {"wav", ".m4a"}, {"mp3", ".wav"}, {"ogg", ".flac"}, {"matroska", ".ogg"}, {"flac", ".opus"}} {
		in, out := filepath.Join(dir, "in-"+c[0]+c[1]), filepath.Join(dir, "out-"+c[0]+c[1])
		ffmpeg(t, "-i", wav, "-f", c[0], in)
		t.Run(c[0]+" as "+c[1], func(t *testing.T) { inPlace(t, in, out, 1023) })
	}
}

// TestHighRate writes what no encoder of the format takes as it is.
func TestHighRate(t *testing.T) {
	needFFmpeg(t)
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.wav"), filepath.Join(dir, "out.avi")
	writeFile(t, in, pcm.Format{Rate: 96000, Channels: 2, Encoding: pcm.Int24}, tone(96000, 2, 60022))
	inPlace(t, in, out, 2303)
}

// TestVideoRoundTrip goes through every container of pictures: they stay where
// they are, and the sound with them.
func TestVideoRoundTrip(t *testing.T) {
	needFFmpeg(t)
	wav := filepath.Join(t.TempDir(), "in.wav")
	const rate = 48000
	writeFile(t, wav, pcm.Format{Rate: rate, Channels: 1, Encoding: pcm.Int24}, tone(rate, 1, 30011))
	for _, c := range []struct {
		ext, video, sound, late string
		more                    int
	}{
		{".mkv", "mpeg4", "aac", "0", 1023}, {".mkv", "mpeg4", "mp2", "0.3", 1151}, {".webm", "libvpx", "libopus", "0", 0},
		{".webm", "libvpx", "libvorbis", "0", 1023}, {".ts", "mpeg2video", "aac", "0", 1023}, {".mts", "mpeg2video", "ac3", "0.3", 1535},
		{".avi", "mpeg4", "libmp3lame", "0", 2303}, {".flv", "flv1", "aac", "0", 1023}, {".mp4", "mpeg4", "aac", "0", 1023},
	} {
		t.Run(fmt.Sprintf("%s, %s, %s s late", c.ext, c.sound, c.late), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			in, out := filepath.Join(dir, "in"+c.ext), filepath.Join(dir, "out"+c.ext)
			ffmpeg(t, "-f", "lavfi", "-i", "testsrc=size=64x48:rate=10:d=0.6", "-itsoffset", c.late, "-i", wav, "-c:v", c.video, "-c:a", c.sound, in)
			inPlace(t, in, out, c.more)
			if a, b := pictures(t, in), pictures(t, out); a != b {
				t.Errorf("the pictures were at\n%s\nare at\n%s", a, b)
			}
		})
	}
}

// pictures lists the times of the pictures after the file's beginning, and
// checksums of what they are.
func pictures(t *testing.T, path string) string {
	t.Helper()
	return ffmpeg(t, "-copyts", "-start_at_zero", "-i", path, "-map", "0:v", "-c", "copy", "-f", "framecrc", "-")
}

// needFFmpeg skips a test where ffmpeg is not installed.
func needFFmpeg(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("SKIPPED: ffmpeg is not installed, what it reads and writes is not tried")
	}
}

// ffmpeg runs it and returns its output.
func ffmpeg(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("ffmpeg", append([]string{"-v", "error", "-nostdin"}, args...)...)
	var complaint strings.Builder
	cmd.Stderr = &complaint
	b, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, complaint.String())
	}
	return string(b)
}

// inPlace cleans a file into another one that must be as long, but for up to more
// frames, with every sample in its place.
func inPlace(t *testing.T, in, out string, more int) {
	t.Helper()
	x, f := readFile(t, in)
	if _, err := File(t.Context(), Job{In: in, Out: out}, options); err != nil {
		t.Fatal(err)
	}
	y, fy := readFile(t, out)
	if n := f.Rate / fy.Rate; n > 1 { // the encoder knows no such rate; the tones are low
		f = fy
		for i := range len(x) / n / f.Channels {
			copy(x[i*f.Channels:(i+1)*f.Channels], x[i*n*f.Channels:])
		}
		x = x[:len(x)/n/f.Channels*f.Channels]
	}
	if n := (len(y) - len(x)) / f.Channels; n < 0 || n > more {
		t.Fatalf("%d samples became %d", len(x), len(y))
	}
	if len(x) < 5000 {
		return
	}
	edge := len(x) / f.Channels / 5 * f.Channels
	x, y = x[edge:len(x)-edge], y[edge:len(x)-edge]
	best, at := math.Inf(-1), 0
	for shift := -3; shift <= 3; shift++ {
		n, m := max(shift, 0)*f.Channels, max(-shift, 0)*f.Channels
		if d := apart(x[m:len(x)-n], y[n:len(y)-m]); d > best {
			best, at = d, shift
		}
	}
	if at != 0 || best < 20 { // ten samples beside its place it would be 7 dB
		t.Errorf("it lies at %d samples, the difference is %.1f dB below the sound", at, best)
	}
}
