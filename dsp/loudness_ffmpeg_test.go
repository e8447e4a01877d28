package dsp

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// ebur128 is what ffmpeg's filter of that name says after each 100 ms.
type ebur128 struct {
	momentary, shortTerm []float64
	integrated, truePeak float64
}

// askFFmpeg measures interleaved samples with ffmpeg, which takes 6 channels for 5.1.
func askFFmpeg(t *testing.T, path string, x []float32, rate, channels int) (e ebur128) {
	t.Helper()
	var in, out, complaint bytes.Buffer
	if err := binary.Write(&in, binary.LittleEndian, x); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "-v", "error", "-f", "f32le", "-ar", strconv.Itoa(rate), "-ac", strconv.Itoa(channels), "-i", "pipe:0",
		"-af", "ebur128=metadata=1:peak=true,ametadata=mode=print:file=-", "-f", "null", "-")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = &in, &out, &complaint
	if err := cmd.Run(); err != nil {
		t.Fatalf("ffmpeg: %v\n%s", err, complaint.Bytes())
	}
	s := bufio.NewScanner(&out)
	for s.Scan() {
		key, value, _ := strings.Cut(s.Text(), "=")
		v, err := strconv.ParseFloat(value, 64)
		if err != nil {
			continue // not one of the figures
		}
		switch {
		case key == "lavfi.r128.M":
			e.momentary = append(e.momentary, v)
		case key == "lavfi.r128.S":
			e.shortTerm = append(e.shortTerm, v)
		case key == "lavfi.r128.I":
			e.integrated = v
		case strings.HasPrefix(key, "lavfi.r128.true_peaks_ch"):
			e.truePeak = max(e.truePeak, v)
		}
	}
	return e
}

// buzz is one period of a voice-like sound at 120 Hz: 29 harmonics falling by
// 6 dB per octave, with phases that spread them.
func buzz(rate int) []float64 {
	x := make([]float64, rate/120)
	for i := range x {
		for h := 1.0; h < 30; h++ {
			x[i] += math.Sin(2*math.Pi*h*float64(i)/float64(len(x))+h*h) / h / 2
		}
	}
	return x
}

// recording makes one of many recordings of some seconds: tones, noises, sweeps
// and something with the rhythm of speech, from soft to clipped.
func recording(i, rate, channels int) (x []float32) {
	r := rand.New(rand.NewPCG(uint64(i), 7))
	n := (7 + i%3) * rate / 2
	low, buzz := 0.0, buzz(rate)
	for k := range n {
		s := float64(k) / float64(rate)
		var v float64
		switch i % 5 {
		case 0: // tones, 50 Hz to 15 kHz
			v = math.Sin(2 * math.Pi * 50 * math.Pow(300, float64(i)/19) * s)
		case 1: // white noise below 12 kHz or so
			low += 0.6 * (r.NormFloat64()/3 - low)
			v = low
		case 2: // brown noise in bursts with long pauses
			low += 0.03 * (r.NormFloat64() - low)
			v = 6 * low * math.Pow(10, -3*math.Round(math.Mod(s/2, 1)))
		case 3: // sweep, up to 17 kHz in 4.5 s
			v = math.Sin(2 * math.Pi * 20 * (math.Exp(s*1.5) - 1) / 1.5)
		case 4: // a buzz at 120 Hz with syllables and phrases
			v = buzz[k%len(buzz)]
			v *= math.Pow(math.Sin(math.Pi*4*s), 2) * math.Max(0.003, math.Sin(2*math.Pi*s/3))
		}
		v *= Gain(-20 + 1.2*float64(i)) // not softer: ffmpeg gives peaks to 0.001
		for c := range channels {
			x = append(x, float32(min(max(v*math.Pow(0.6, float64(c)), -1), 1)))
		}
	}
	return x
}

// above24 is a tone of 30 kHz, louder than what else there is.
func above24(rate int) (x []float32) {
	for k := range 4 * rate {
		s := 2 * math.Pi * float64(k) / float64(rate)
		x = append(x, float32(0.5*math.Sin(30_000*s)+0.05*math.Sin(1000*s)))
	}
	return x
}

func TestLoudnessAgainstFFmpeg(t *testing.T) {
	path, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Skip("SKIPPED: ffmpeg is not installed, loudness is not compared with another meter")
	}
	for i := range 20 {
		channels := 1 + i%2
		compare(t, path, recording(i, SampleRate, channels), SampleRate, channels)
	}
	for rate, i := range map[int]int{16000: 13, 44100: 14, 96000: 10, 192000: 5} {
		compare(t, path, recording(i, rate, 2), rate, 2)
	}
	compare(t, path, above24(96000), 96000, 1)
	for _, i := range []int{4, 9} {
		compare(t, path, recording(i, SampleRate, 6), SampleRate, 6)
	}
}

// compare measures samples here and with ffmpeg.
func compare(t *testing.T, path string, x []float32, rate, channels int) {
	t.Helper()
	want := askFFmpeg(t, path, x, rate, channels)
	weights := []float64{1, 1, 1, 0, 1.41, 1.41}[:channels] // 5.1, but for its fewer channels
	l := NewLoudness(rate, weights)
	worstM, worstS := 0.0, 0.0
	steps := len(x) / channels / l.Step()
	if len(want.momentary) < steps-1 {
		t.Fatalf("ffmpeg gave %d figures for %d steps", len(want.momentary), steps)
	}
	for s := range steps {
		l.Write(x[s*l.Step()*channels:][:l.Step()*channels])
		if s < momentarySteps || s >= len(want.momentary) {
			continue
		}
		if m := l.Momentary(); m > absoluteGate {
			worstM = max(worstM, math.Abs(m-want.momentary[s]))
		}
		if st := l.ShortTerm(); s >= shortTermSteps && st > absoluteGate {
			worstS = max(worstS, math.Abs(st-want.shortTerm[s]))
		}
	}
	di, dp := l.Integrated()-want.integrated, l.TruePeak()-DB(want.truePeak)
	t.Logf("%d Hz, %d channels: %6.2f LUFS (%+.3f), %6.2f dBTP (%+.3f), momentary ±%.3f, short-term ±%.3f",
		rate, channels, l.Integrated(), di, l.TruePeak(), dp, worstM, worstS)
	if math.Abs(di) > 0.1 || math.Abs(dp) > 0.1 || worstM > 0.1 || worstS > 0.1 {
		t.Error("off by more than 0.1 LU or 0.1 dB from ffmpeg")
	}
}
