package demo

import (
	"math"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/audiotest"
)

// Quality is what suppression did to a recording whose clean voice is known.
type Quality struct {
	NoiseRemovedDB float64 `json:"noise_removed_db"` // by which the noise of pauses lies lower below the voice
	SpeechChangeDB float64 `json:"speech_change_db"` // change of the voice's own level, levelling included
	SISDRBefore    float64 `json:"si_sdr_before_db"`
	SISDRAfter     float64 `json:"si_sdr_after_db"`
}

// pauseRange is how far below the loudest frame the clean voice must be for a
// pause, in dB.
const pauseRange = 50

// Measure compares a recording before and after with the clean voice in it.
// Align brings the three together.
func Measure(voice, before, after []float32) Quality {
	n := min(len(voice), len(before), len(after))
	voice, before, after = voice[:n], before[:n], after[:n]
	pause := pauses(voice)
	change := math.Abs(dot(after, voice) / dot(before, voice))
	return Quality{
		NoiseRemovedDB: audiotest.DB(change * levelWhere(before, pause) / math.Max(levelWhere(after, pause), 1e-7)),
		SpeechChangeDB: audiotest.DB(change),
		SISDRBefore:    audiotest.SISDR(voice, before),
		SISDRAfter:     audiotest.SISDR(voice, after),
	}
}

const frame = audioio.BlockSize

// pauses marks the frames of 10 ms in which the voice is silent, and so are
// the two beside them.
func pauses(voice []float32) []bool {
	levels := make([]float64, len(voice)/frame)
	loudest := 0.0
	for i := range levels {
		levels[i] = audiotest.RMS(voice[i*frame : (i+1)*frame])
		loudest = math.Max(loudest, levels[i])
	}
	quiet := make([]bool, len(levels))
	for i := range levels {
		quiet[i] = true
		for k := max(i-2, 0); k <= min(i+2, len(levels)-1); k++ {
			quiet[i] = quiet[i] && levels[k] < loudest*math.Pow(10, -pauseRange/20.0)
		}
	}
	return quiet
}

// levelWhere is the RMS of x in the marked frames.
func levelWhere(x []float32, marked []bool) float64 {
	sum, count := 0.0, 0
	for i, m := range marked {
		if m {
			r := audiotest.RMS(x[i*frame : (i+1)*frame])
			sum += r * r
			count++
		}
	}
	return math.Sqrt(sum / math.Max(float64(count), 1))
}

func dot(x, y []float32) float64 {
	sum := 0.0
	for i := range x {
		sum += float64(x[i]) * float64(y[i])
	}
	return sum
}

const (
	// span is how long a stretch is aligned by itself, 1 s: what is lost in one
	// of the recordings, on a machine that stood still, spoils no more than
	// that, and matching two clocks by 100 ppm moves it by 5 samples.
	span = audioio.SampleRate

	// alike is the least correlation of two stretches that tells their delay.
	alike = 0.3
)

// Align brings together what was played, in a loop, and what was recorded of
// it before and after: stretch by stretch, so that the same index means the
// same sound. The three have one length.
func Align(noisy, voice, before, after []float32) (v, b, a []float32) {
	const search = audioio.SampleRate / 4
	loop := whiten(noisy)
	// Where in the loop the recording begins, from its first stretch.
	// The zeros make room for every lag: Lag looks as far as half of what it
	// is given.
	const start = 3 * span
	first := append(whiten(before[:min(start, len(before))]), make([]float32, len(loop))...)
	begin := delay(first, append(append([]float32(nil), loop...), loop[:min(start, len(loop))]...), len(loop))
	offset := 0 // of after behind before
	if n := min(len(before), len(after), 4*start); n > start {
		offset = delay(before[:n], after[:n], 2*search)
	}
	for at := 2 * search; at+span+search <= min(len(before), len(after)-offset); at += span {
		part := before[at : at+span]
		// The loop around the place expected, with room for what was lost.
		around := make([]float32, span+2*search)
		for i := range around {
			around[i] = loop[wrap(begin+at-search+i, len(loop))]
		}
		shift := delay(whiten(part), around, 2*search) - search
		from := at + offset
		late := delay(part, after[from-search:from+span+search], 2*search) - search
		for i := range part {
			v = append(v, voice[wrap(begin+at+shift+i, len(voice))])
		}
		b = append(b, part...)
		a = append(a, after[from+late:from+late+span]...)
		begin += shift
		offset += late
	}
	return v, b, a
}

// delay is how many samples y lies behind x. A single stretch that is too
// unlike, a pause after its noise was removed, is taken to lie where it was
// looked for, in the middle of the search.
func delay(x, y []float32, most int) int {
	lag, likeness := audiotest.Lag(x, y, most)
	if likeness < alike && len(x) <= span {
		return most / 2 // no better than expected
	}
	return int(math.Round(lag))
}

func wrap(i, n int) int { return (i%n + n) % n }

// whiten returns the second difference of x, which lifts a falling spectrum:
// else a hum outweighs what tells one place from another.
func whiten(x []float32) []float32 {
	y := make([]float32, len(x))
	for i := 2; i < len(x); i++ {
		y[i] = x[i] - 2*x[i-1] + x[i-2]
	}
	return y
}
