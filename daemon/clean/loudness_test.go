package clean

import (
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"testing"

	"github.com/stillmic/stillmic/audioio/atomicfile"
	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/dsp"
)

// phrases is something with the rhythm and the peaks of speech: bursts of pulses
// with pauses, one level in each channel.
func phrases(seed uint64, rate, channels int, seconds, level float64) []float32 {
	r := rand.New(rand.NewPCG(seed, 3))
	x := make([]float32, int(seconds*float64(rate))*channels)
	ring, soft, softer, phase := 0.0, 0.0, 0.0, 0.0
	most := 1 - math.Exp(-2*math.Pi*1200/float64(rate)) // little above 10 kHz, which no rate conversion keeps
	for i := range len(x) / channels {
		s := float64(i) / float64(rate)
		if phase += 110 / float64(rate); phase >= 1 {
			phase, ring = phase-1, 1+0.3*r.Float64()
		}
		ring *= 1 - 600/float64(rate)
		soft += most * (ring - soft)
		softer += most * (soft - softer)
		v := level * softer * math.Sin(2*math.Pi*700*s) * math.Max(0, math.Sin(2*math.Pi*1.3*s))
		for c := range channels {
			x[i*channels+c] = float32(v / float64(1+c))
		}
	}
	return x
}

var figure = regexp.MustCompile(`(?m)^ +(I|Peak): +(-?[0-9.]+|-inf) (LUFS|dBFS)$`)

// ebur128 is what ffmpeg measures of a file: integrated loudness and true peak.
func ebur128(t *testing.T, path string) (loudness, peak float64) {
	t.Helper()
	ffmpeg, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Skip("SKIPPED: ffmpeg is not installed, loudness is not compared with another meter")
	}
	out, err := exec.Command(ffmpeg, "-nostdin", "-nostats", "-hide_banner", "-i", path, "-af", "ebur128=peak=true:framelog=verbose", "-f", "null", "-").CombinedOutput()
	if err != nil {
		t.Fatalf("ffmpeg: %v\n%s", err, out)
	}
	found := figure.FindAllSubmatch(out, -1)
	if len(found) != 2 {
		t.Fatalf("ffmpeg said\n%s", out)
	}
	loudness, _ = strconv.ParseFloat(string(found[0][2]), 64)
	peak, _ = strconv.ParseFloat(string(found[1][2]), 64)
	return loudness, peak
}

// Every result is within 0.2 LU of its target and below the ceiling, by another
// meter, whether peaks have to be held or not, and lies where it lay.
func TestNormalise(t *testing.T) {
	for i, c := range []struct {
		rate, channels int
		level, target  float64
	}{
		{48000, 1, 0.5, -23}, {48000, 2, 0.05, -16}, {44100, 1, 0.9, -14}, {44100, 2, 0.01, -16},
		{16000, 1, 0.3, -18}, {8000, 1, 0.02, -20}, {96000, 2, 0.2, -23}, {22050, 1, 0.7, -30},
	} {
		dir := t.TempDir()
		in, out := filepath.Join(dir, "in.wav"), filepath.Join(dir, "out.wav")
		x := phrases(uint64(i), c.rate, c.channels, 7, c.level)
		writeFile(t, in, pcm.Format{Rate: c.rate, Channels: c.channels, Encoding: pcm.Float32}, x)
		o := options
		o.Loudness, o.TruePeak = c.target, -1
		res, err := File(t.Context(), Job{In: in, Out: out}, o)
		if err != nil {
			t.Fatal(err)
		}
		loudness, peak := ebur128(t, out)
		t.Logf("%d Hz, %d channels: %.1f to %.1f LUFS, ffmpeg says %.1f, %.1f dBTP; gain %.1f dB, limited %v",
			c.rate, c.channels, float64(res.Loudness.Before), float64(res.Loudness.Integrated), loudness, peak, float64(res.Loudness.Gain), res.Loudness.Limited)
		if math.Abs(loudness-c.target) > 0.2 || math.Abs(float64(res.Loudness.Integrated)-c.target) > 0.1 {
			t.Errorf("%v: %.1f LUFS", c, loudness)
		}
		if peak > -1+0.1 {
			t.Errorf("%v: a true peak of %.1f dBTP", c, peak)
		}
		y, _ := readFile(t, out)
		if len(y) != len(x) {
			t.Fatalf("%d samples became %d", len(x), len(y))
		}
		for k := 0; k < len(y) && c.channels == 2; k += 2 {
			// The second channel is the first at half the level, limited or not.
			if d := math.Abs(float64(y[k]/2 - y[k+1])); d > 1e-5 {
				t.Fatalf("%v: the picture moves by %g at frame %d, limited %v", c, d, k/2, res.Loudness.Limited)
			}
		}
		if !res.Loudness.Limited {
			g := float32(dsp.Gain(float64(res.Loudness.Gain)))
			for k := range x {
				x[k] *= g
			}
			if got := apart(x, y); got < 40 {
				t.Errorf("%v: the difference is %.1f dB below the sound", c, got)
			}
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) != 2 {
			t.Errorf("left: %v, %v", left, err)
		}
	}
}

// The passes that find a loudness are part of the work: it is never told to be
// complete before the last frame is written.
func TestLoudnessProgress(t *testing.T) {
	dir := t.TempDir()
	in := filepath.Join(dir, "in.wav")
	writeFile(t, in, pcm.Format{Rate: 48000, Channels: 1, Encoding: pcm.Float32}, phrases(1, 48000, 1, 3, 0.9))
	o := options
	o.Loudness, o.TruePeak = -12, -1
	complete, last, calls := 0, int64(0), 0
	o.Progress = func(done, total int64) {
		if done < last || done > total {
			t.Fatalf("%d of %d done, %d before", done, total, last)
		}
		last = done
		if calls++; done == total {
			complete = calls
		}
	}
	res, err := File(t.Context(), Job{In: in, Out: filepath.Join(dir, "out.wav")}, o)
	if err != nil || !res.Loudness.Limited {
		t.Fatal(res, err)
	}
	if complete != calls || last < 2*res.Frames {
		t.Errorf("complete with call %d of %d, at %d for %d frames", complete, calls, last, res.Frames)
	}
}

// A level is left and a word said where there is no loudness.
func TestNoLoudness(t *testing.T) {
	for want, x := range map[string][]float32{
		"too short for a loudness (0.4 s at least); its level was left as it was": phrases(1, 48000, 1, 0.39, 0.5),
		"too soft for a loudness (below -70 LUFS); its level was left as it was":  make([]float32, 48000),
	} {
		dir := t.TempDir()
		in, out := filepath.Join(dir, "in.wav"), filepath.Join(dir, "out.wav")
		writeFile(t, in, pcm.Format{Rate: 48000, Channels: 1, Encoding: pcm.Float32}, x)
		o := options
		o.Loudness, o.TruePeak = -16, -1
		res, err := File(t.Context(), Job{In: in, Out: out}, o)
		if err != nil || res.Loudness.Warning != want || res.Loudness.Gain != 0 {
			t.Errorf("%+v, %v, want %q", res.Loudness, err, want)
		}
	}
}

// Whatever ends the program, no spool is left.
func TestSpoolHasNoName(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("SKIPPED: open files keep their names here")
	}
	dir := t.TempDir()
	s, err := newSpool(&output{target: filepath.Join(dir, "a.wav"), whole: &atomicfile.File{}}, "", pcm.Format{Rate: 48000, Channels: 1})
	if err != nil {
		t.Fatal(err)
	}
	if list, err := os.ReadDir(dir); err != nil || len(list) > 0 {
		t.Errorf("%v, %v", list, err)
	}
	if err := s.remove(); err != nil {
		t.Error(err)
	}
}
