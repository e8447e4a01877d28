package demo

import (
	"errors"
	"math"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/soundserver"
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

// ErrSpoilt is returned when the machine stood still so often that too little is
// left to be measured.
var ErrSpoilt = errors.New("the machine stood still too often: less than 5 s of the recording are whole")

// Measure compares a recording before and after with the clean voice in it,
// where the microphone itself got what was played.
func Measure(all Aligned) (Quality, error) {
	voice, before, after := all.part(all.Voice), all.part(all.Before), all.part(all.After)
	if len(voice) < 5*span {
		return Quality{}, ErrSpoilt
	}
	pause := pauses(voice)
	change := math.Abs(dot(after, voice) / dot(before, voice))
	return Quality{
		NoiseRemovedDB: soundserver.DB(change * levelWhere(before, pause) / math.Max(levelWhere(after, pause), 1e-7)),
		SpeechChangeDB: soundserver.DB(change),
		SISDRBefore:    soundserver.SISDR(voice, before),
		SISDRAfter:     soundserver.SISDR(voice, after),
	}, nil
}

const frame = audioio.BlockSize

// pauses marks the frames of 10 ms in which the voice is silent, and so are
// the two beside them.
func pauses(voice []float32) []bool {
	levels := make([]float64, len(voice)/frame)
	loudest := 0.0
	for i := range levels {
		levels[i] = soundserver.RMS(voice[i*frame : (i+1)*frame])
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
			r := soundserver.RMS(x[i*frame : (i+1)*frame])
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
