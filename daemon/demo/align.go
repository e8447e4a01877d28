package demo

import (
	"math"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/soundserver"
)

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

	// intact is the least SI-SDR in dB of a stretch that the microphone got as it
	// was played. Where it did not, the sound server stood still, and nothing
	// can be said about what comes after it.
	intact = 15
)

// Aligned is what was played and recorded, brought together: the same index
// means the same sound. The three have one length, whole stretches of 1 s.
type Aligned struct {
	Voice, Before, After []float32

	whole []bool // of each stretch, whether the microphone got what was played
}

// part returns the whole stretches of one of the three.
func (a Aligned) part(x []float32) []float32 {
	var y []float32
	for i, whole := range a.whole {
		if whole {
			y = append(y, x[i*span:(i+1)*span]...)
		}
	}
	return y
}

// Align brings together what was played, in a loop, and what was recorded of
// it before and after, stretch by stretch.
func Align(noisy, voice, before, after []float32) (all Aligned) {
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
		played := make([]float32, span)
		for i := range part {
			played[i] = noisy[wrap(begin+at+shift+i, len(noisy))]
			all.Voice = append(all.Voice, voice[wrap(begin+at+shift+i, len(voice))])
		}
		all.Before = append(all.Before, part...)
		all.whole = append(all.whole, soundserver.SISDR(played, part) >= intact)
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
	all.After = straighten(after, first, lags)
	return all
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
	lag, likeness := soundserver.Lag(x, after[at-bend:at+len(x)+bend], 2*bend)
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
		if r := soundserver.RMS(x[i : i+n]); r > most {
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
	lag, likeness := soundserver.Lag(x, y, most)
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
