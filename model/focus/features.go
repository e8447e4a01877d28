package focus

import (
	"github.com/stillmic/stillmic/model/internal/kernel"
	"github.com/stillmic/stillmic/model/internal/voicebands"
)

const (
	// levelDecay is what is left of the level of the loudest hop after another: 5 dB a second.
	levelDecay = 0.988553094656939 // 10^-.005

	// mostRow is where the rows end: 25 dB above the level of what the suppressor left, all is noise.
	mostRow = 4
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
func (s *spectrum) row(row []float32, level voicebands.Level) {
	scale := 1 / (float32(level) + voicebands.LevelFloor)
	for b, p := range s.power {
		row[b] = p*scale + voicebands.RelativeFloor
	}
}

// features turns spectra into what the network hears.
type features struct {
	clean, raw spectrum
	level      voicebands.Level // of what the suppressor left
}

// take writes the rows of both spectra of a hop, one after the other.
func (f *features) take(k *kernel.Set, rows []float32, clean, raw []complex64) {
	left, came := f.clean.take(clean), f.raw.take(raw)
	f.level.Follow(left, levelDecay)
	if !voicebands.Sound(left) || !voicebands.Sound(came) {
		clear(rows)
		return
	}
	f.clean.row(rows[:bands], f.level)
	f.raw.row(rows[bands:], f.level)
	k.Log10(rows) // of both at once: whole vectors
	for b, v := range rows {
		rows[b] = min((v+voicebands.Offset)*voicebands.Scale, mostRow)
	}
}
