package clean

import (
	"math"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/recording"
)

// halver is a Processor that turns everything upside down and halves it.
type halver struct{ recording.Processor }

func (h halver) Process(dst, src [][]float32) {
	h.Processor.Process(dst, src)
	for _, d := range dst {
		for i := range d {
			d[i] *= -0.5
		}
	}
}

// sound decodes one sound track of a file, one channel at 48 kHz; a late one from time zero on.
func sound(t *testing.T, path string, n int, late bool) []float32 {
	t.Helper()
	fill := "anull"
	if late {
		fill = "aresample=async=1:first_pts=0"
	}
	raw, err := exec.Command("ffmpeg", "-v", "error", "-i", path, "-map", "0:a:"+strconv.Itoa(n), "-af", fill, "-ac", "1", "-ar", "48000", "-f", "f32le", "-").Output()
	if err != nil {
		t.Fatalf("%s, track %d: %v", path, n, err)
	}
	x := make([]float32, len(raw)/4)
	pcm.Decode(x, raw, pcm.Float32)
	return x
}

// rumble is noise below about 1 kHz, which every codec keeps and no other sound is like.
func rumble(seed uint64, rate, channels int, seconds float64) []float32 {
	r := rand.New(rand.NewPCG(seed, 9))
	x := make([]float32, int(seconds*float64(rate))*channels)
	most := 1 - math.Exp(-2*math.Pi*500/float64(rate))
	soft, softer := 0.0, 0.0
	for i := 0; i < len(x); i += channels {
		soft += most * (r.NormFloat64()*math.Sqrt(float64(rate)/8000) - soft)
		softer += most * (soft - softer)
		for c := range channels {
			x[i+c] = float32(0.5 * softer)
		}
	}
	return x
}

// factor is the gain from x to y, and by how many samples y is later, from their strongest
// correlation within 700 samples.
func factor(x, y []float32) (gain float64, lag int) {
	best, energy := 0.0, 0.0
	const from, to, furthest = 30000, 45000, 700
	for _, v := range x[from:to] {
		energy += float64(v) * float64(v)
	}
	for d := -furthest; d <= furthest; d++ {
		sum := 0.0
		for i := from; i < min(to, len(y)-furthest); i++ {
			sum += float64(x[i]) * float64(y[i+d])
		}
		if math.Abs(sum) > math.Abs(best) {
			best, lag = sum, d
		}
	}
	return best / energy, lag
}

// TestEverySoundTrackIsCleaned: of a recording with several sounds each is cleaned and lies
// in its place, with its title, language and marks.
func TestEverySoundTrackIsCleaned(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: it takes long")
	}
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("SKIPPED: ffmpeg is not installed")
	}
	dir := t.TempDir()
	one, two := filepath.Join(dir, "one.wav"), filepath.Join(dir, "two.wav")
	writeFile(t, one, pcm.Format{Rate: 48000, Channels: 2, Encoding: pcm.Int16}, rumble(1, 48000, 2, 2))
	writeFile(t, two, pcm.Format{Rate: 16000, Channels: 1, Encoding: pcm.Int16}, rumble(2, 16000, 1, 2))
	var calls, last int64
	o := Options{
		NewProcessor: func(channels, _ int) (recording.Processor, error) {
			b, err := newThrough(channels, 0)
			return halver{b}, err
		},
		Progress: func(done, total int64) {
			if calls++; done > total || done < last {
				t.Errorf("%d of %d done, %d before", done, total, last)
			}
			last = done
		},
	}
	// The third sound begins half a second later.
	inputs := []string{"-i", one, "-i", two, "-itsoffset", "0.5", "-i", one}
	marks := []string{"-map", "0:a", "-map", "1:a", "-map", "2:a", "-metadata:s:a:0", "title=Anna", "-metadata:s:a:1", "title=Ben",
		"-metadata:s:a:0", "language=deu", "-metadata:s:a:1", "language=fra", "-metadata:s:a:2", "language=eng",
		"-disposition:a:0", "0", "-disposition:a:1", "default", "-disposition:a:2", "0"}
	film := []string{"-f", "lavfi", "-i", "testsrc=size=64x48:rate=25:duration=2.5", "-map", "3:v", "-c:v", "mpeg4"}
	for _, c := range []struct {
		ext    string
		codecs []string
	}{
		{".mka", []string{"-c:a", "libopus"}}, {".mka", []string{"-c:a", "flac"}}, {".mkv", append(film[4:], "-c:a", "aac")}, {".mp4", append(film[4:], "-c:a", "aac")},
		{".mov", []string{"-c:a", "pcm_s16le"}}, {".m4a", []string{"-c:a", "aac"}}, {".webm", []string{"-c:a", "libvorbis"}}, {".mkv", []string{"-c:a:0", "ac3", "-c:a:1", "libmp3lame", "-c:a:2", "aac"}},
	} {
		name := strings.Join(append([]string{c.ext}, c.codecs...), " ")
		in, out := filepath.Join(dir, "in"+c.ext), filepath.Join(dir, "out"+c.ext)
		args := slices.Clone(inputs)
		if slices.Contains(c.codecs, "3:v") {
			args = append(args, film[:4]...)
		}
		ffmpeg(t, slices.Concat([]string{"-y"}, args, marks, c.codecs, []string{in})...)
		o.Overwrite, last = true, 0
		res, err := File(t.Context(), Job{In: in, Out: out}, o)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(res.Tracks) != 2 || res.Tracks[0].Rate != 16000 && !slices.Contains(c.codecs, "libopus") || res.LeftOut != 0 {
			t.Errorf("%s: %+v", name, res)
		}
		want, got := carried(t, in), carried(t, out)
		for _, line := range want {
			if !slices.Contains(got, line) {
				t.Errorf("%s: lost %q of %q", name, line, got)
			}
		}
		for n := range 3 {
			timed := n == 2 || slices.Contains(c.codecs, "3:v")
			x, y := sound(t, in, n, timed), sound(t, out, n, timed)
			// By time, the sounds of such files all begin later by what a decoder drops of Opus and Vorbis.
			furthest := 16
			if timed && (slices.Contains(c.codecs, "libopus") || slices.Contains(c.codecs, "libvorbis")) {
				furthest = 600
			}
			gain, lag := factor(x, y)
			t.Logf("%s: track %d: factor %.3f, %d samples late, %d samples became %d", name, n, gain, lag, len(x), len(y))
			if math.Abs(gain+0.5) > 0.03 || lag < -16 || lag > furthest || len(y) < len(x)-48 || len(y) > len(x)+2400 {
				t.Errorf("%s: track %d: factor %.3f, want -0.5; %d samples late; %d samples became %d", name, n, gain, lag, len(x), len(y))
			}
		}
		if left := contents(t, dir); len(left) > 4 {
			for name := range left {
				if strings.HasPrefix(name, ".") {
					t.Errorf("left behind: %s", name)
				}
			}
		}
	}
	if calls == 0 {
		t.Error("no progress is told")
	}
	last = 0
	// A format for one sound says what it leaves out.
	res, err := File(t.Context(), Job{In: filepath.Join(dir, "in.mka"), Out: filepath.Join(dir, "out.wav")}, o)
	if err != nil || res.LeftOut != 2 || len(res.Tracks) != 0 {
		t.Errorf("as WAV: %+v, %v", res, err)
	}
}

// TestEverySoundTrackForgetsLoudness: how loud a sound was does not hold of the cleaned one, of whichever track.
func TestEverySoundTrackForgetsLoudness(t *testing.T) {
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("SKIPPED: ffmpeg is not installed")
	}
	dir := t.TempDir()
	one, in, out := filepath.Join(dir, "one.wav"), filepath.Join(dir, "in.mka"), filepath.Join(dir, "out.mka")
	writeFile(t, one, pcm.Format{Rate: 48000, Channels: 1, Encoding: pcm.Int16}, rumble(1, 48000, 1, 1))
	ffmpeg(t, "-i", one, "-map", "0:a", "-map", "0:a", "-map", "0:a", "-c:a", "flac", "-metadata:s:a:0", "REPLAYGAIN_TRACK_GAIN=-1 dB",
		"-metadata:s:a:1", "REPLAYGAIN_TRACK_GAIN=-2 dB", "-metadata:s:a:2", "R128_TRACK_GAIN=-3", "-metadata:s:a:2", "title=Ben", in)
	if _, err := File(t.Context(), Job{In: in, Out: out}, Options{NewProcessor: newThrough}); err != nil {
		t.Fatal(err)
	}
	before, after := strings.Join(carried(t, in), "\n"), strings.Join(carried(t, out), "\n")
	if strings.Count(before, "_gain") != 3 || strings.Contains(after, "_gain") || !strings.Contains(after, "Ben") {
		t.Errorf("of\n%s\nthere is\n%s", before, after)
	}
}
