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
	voicebands.Powers(s.power[:], spec)
	for b, p := range s.power {
		p += voicebands.Floor * float32(voicebands.Edges[b+1]-voicebands.Edges[b])
		s.power[b] = p
		all += p
	}
	return all
}

// row writes the powers beside a level, from which what the network hears is made.
func (s *spectrum) row(row []float32, level float32) {
	scale := 1 / (level + voicebands.LevelFloor)
	for b, p := range s.power {
		row[b] = p*scale + voicebands.RelativeFloor
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
	f.clean.row(rows[:bands], f.level)
	f.raw.row(rows[bands:], f.level)
	k.Log10(rows) // of both at once: whole vectors
	for b, v := range rows {
		rows[b] = (v + voicebands.Offset) * voicebands.Scale
	}
	for b, v := range rows[bands:] {
		rows[bands+b] = min(v, mostRaw)
	}
}

func finite(v float32) bool { return !math.IsNaN(float64(v)) && !math.IsInf(float64(v), 0) }
