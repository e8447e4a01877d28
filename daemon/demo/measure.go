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
	// that.
	span = audioio.SampleRate

	// piece of a stretch is followed by itself, 100 ms: matching two clocks by
	// 1000 ppm, the most there is, bends it by 5 samples, the whole stretch by 48.
	piece = span / 10

	// bend is how far a piece may lie from the one before, 2 ms.
	bend = 96

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
	opening := append(whiten(before[:min(start, len(before))]), make([]float32, len(loop))...)
	begin := delay(opening, append(append([]float32(nil), loop...), loop[:min(start, len(loop))]...), len(loop))
	offset := 0 // of after behind before
	if n := min(len(before), len(after)); n >= start {
		// A short piece: a longer one is bent, and then its pitch misleads.
		at := loudest(before[search:start-search], span/4) + search
		offset = delay(before[at:at+span/4], after[at-search:at+span/4+search], 2*search) - search
	}
	var lags []float64 // of each piece of after behind before
	var known []int    // those of which it was found, not supposed
	first := max(2*search, search+bend-offset)
	for at := first; at+span+search+bend <= min(len(before), len(after)-offset); at += span {
		part := before[at : at+span]
		// The loop around the place expected, with room for what was lost.
		around := make([]float32, span+2*search)
		for i := range around {
			around[i] = loop[wrap(begin+at-search+i, len(loop))]
		}
		shift := delay(whiten(part), around, 2*search) - search
		from := at + offset
		late := 0
		if tracked(part, after, from) < 3 { // something was lost
			late = delay(part, after[from-search:from+span+search], 2*search) - search
		}
		for i := range part {
			v = append(v, voice[wrap(begin+at+shift+i, len(voice))])
		}
		b = append(b, part...)
		for i := 0; i < span; i += piece {
			lag, found := follow(part[i:i+piece], after, from+late+i)
			if found {
				known = append(known, len(lags))
			}
			lag += float64(offset + late)
			lags = append(lags, lag)
			late = int(math.Round(lag)) - offset // the next piece lies near
		}
		begin += shift
		offset = int(math.Round(lags[len(lags)-1]))
	}
	fill(lags, known)
	return v, b, straighten(after, first, lags)
}

// straighten returns after as if it had kept the pace of before, from sample
// first of that on: piece by piece it lies lags later, and between their middles
// evenly more or less.
func straighten(after []float32, first int, lags []float64) []float32 {
	y := make([]float32, len(lags)*piece)
	for i := range y {
		x := float64(i)/piece - 0.5
		k := min(max(int(math.Floor(x)), 0), max(len(lags)-2, 0))
		lag := lags[k]
		if next := lags[min(k+1, len(lags)-1)]; math.Abs(next-lag) > bend {
			lag = lags[i/piece] // something was lost in between
		} else {
			lag += (next - lag) * min(max(x-float64(k), 0), 1)
		}
		at := float64(first+i) + lag
		n := min(max(int(math.Floor(at)), 0), len(after)-2)
		f := float32(at - float64(n))
		y[i] = (1-f)*after[n] + f*after[n+1]
	}
	return y
}

// follow returns by how many samples a piece lies later in after than at, and
// whether it was found there; a pause is not.
func follow(x, after []float32, at int) (later float64, found bool) {
	if at < bend || at+len(x)+bend > len(after) {
		return 0, false
	}
	lag, likeness := audiotest.Lag(x, after[at-bend:at+len(x)+bend], 2*bend)
	if likeness < 2*alike || lag < 0 {
		return 0, false
	}
	return lag - bend, true
}

// tracked counts the pieces of a stretch that are found near where it is expected.
func tracked(part, after []float32, from int) (n int) {
	shift := 0.0
	for i := 0; i < span; i += piece {
		if later, found := follow(part[i:i+piece], after, from+i+int(shift)); found {
			shift += later
			n++
		}
	}
	return n
}

// loudest returns where in x the n samples with the most energy begin, to 10 ms.
func loudest(x []float32, n int) (at int) {
	most := 0.0
	for i := 0; i+n <= len(x); i += frame {
		if r := audiotest.RMS(x[i : i+n]); r > most {
			most, at = r, i
		}
	}
	return at
}

// fill sets the lags between known ones evenly between them.
func fill(lags []float64, known []int) {
	for n := 1; n < len(known); n++ {
		from, to := known[n-1], known[n]
		for i := from + 1; i < to; i++ {
			lags[i] = lags[from] + (lags[to]-lags[from])*float64(i-from)/float64(to-from)
		}
	}
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
