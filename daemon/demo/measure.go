package demo

import (
	"math"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/audiotest"
)

// Quality is what suppression did to a recording whose clean voice is known.
type Quality struct {
	NoiseRemovedDB float64 `json:"noise_removed_db"` // level drop in pauses
	SpeechKeptDB   float64 `json:"speech_kept_db"`   // change of the voice's own level: 0 is all of it
	SISDRBefore    float64 `json:"si_sdr_before_db"`
	SISDRAfter     float64 `json:"si_sdr_after_db"`
}

// pauseRange is how far below the loudest frame the clean voice must be for a
// pause, in dB.
const pauseRange = 50

// Measure compares a recording before and after with the clean voice in it.
// All three are aligned and of one length.
func Measure(voice, before, after []float32) Quality {
	n := min(len(voice), len(before), len(after))
	voice, before, after = voice[:n], before[:n], after[:n]
	pause := pauses(voice)
	return Quality{
		NoiseRemovedDB: audiotest.DB(levelWhere(before, pause) / math.Max(levelWhere(after, pause), 1e-7)),
		SpeechKeptDB:   audiotest.DB(math.Abs(dot(after, voice) / dot(before, voice))),
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

// locate finds which part of a loop of samples a recording is, and returns
// that part, aligned with the recording: out[i] was played when rec[i] was
// heard.
func locate(loop, other, rec []float32) (part []float32) {
	// White, so that a hum does not outweigh what tells one place from another.
	probe := whiten(rec[:min(len(rec), len(loop))])
	lag, _ := audiotest.Lag(probe, whiten(append(append([]float32(nil), loop...), loop...)), 2*len(loop))
	at := int(math.Round(lag))
	part = make([]float32, len(rec))
	n := len(loop)
	for i := range part {
		part[i] = other[((at+i)%n+n)%n]
	}
	return part
}

// whiten returns the second difference of x, which lifts a falling spectrum.
func whiten(x []float32) []float32 {
	y := make([]float32, len(x))
	for i := 2; i < len(x); i++ {
		y[i] = x[i] - 2*x[i-1] + x[i-2]
	}
	return y
}
