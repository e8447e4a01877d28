package focus

import (
	"math"

	"github.com/stillmic/stillmic/model/internal/kernel"
	"github.com/stillmic/stillmic/model/internal/voicebands"
)

const (
	// levelDecay is what is left of the level of the loudest hop after another: 5 dB a second.
	levelDecay = 0.988553094656939 // 10^-.005

	// mostRaw is where the microphone's rows end: 50 dB above the level of what the suppressor left, all is noise.
	mostRaw = 4
)

// spectrum is the power of bands of one signal.
type spectrum struct{ power [bands]float32 }

func (s *spectrum) take(spec []complex64) (all float32) {
	for b := range s.power {
		lo, hi := voicebands.Edges[b], voicebands.Edges[b+1]
		sum := voicebands.Floor * float32(hi-lo)
		for _, v := range spec[lo:hi] {
			sum += real(v)*real(v) + imag(v)*imag(v)
		}
		s.power[b] = sum
		all += sum
	}
	return all
}

// row writes what the network hears of the powers beside a level.
func (s *spectrum) row(k *kernel.Set, row []float32, level float32) {
	for b, p := range s.power {
		row[b] = p/(level+voicebands.LevelFloor) + voicebands.RelativeFloor
	}
	k.Log10(row)
	for b, v := range row {
		row[b] = (v + voicebands.Offset) * voicebands.Scale
	}
}

// features turns spectra into what the network hears.
type features struct {
	clean, raw spectrum
	level      float32 // of the loudest hop lately, of what the suppressor left
}

// take writes the rows of both spectra of a hop, one after the other.
func (f *features) take(k *kernel.Set, rows []float32, clean, raw []complex64) {
	f.level = max(f.clean.take(clean), f.level*levelDecay)
	loudest := f.raw.take(raw)
	if !finite(f.level) || !finite(loudest) {
		f.level = 0
		clear(rows)
		return
	}
	f.clean.row(k, rows[:bands], f.level)
	f.raw.row(k, rows[bands:], f.level)
	for b, v := range rows[bands:] {
		rows[bands+b] = min(v, mostRaw)
	}
}

func finite(v float32) bool { return !math.IsNaN(float64(v)) && !math.IsInf(float64(v), 0) }
