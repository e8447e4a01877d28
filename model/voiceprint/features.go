package voiceprint

import (
	"github.com/stillmic/stillmic/model/internal/kernel"
	"github.com/stillmic/stillmic/model/internal/voicebands"
)

const (
	bands = voicebands.Voice // of the features, from 100 Hz to 7.6 kHz

	// levelDecay is what is left of the level of the loudest frame after another, of 20 ms: 5 dB a second.
	levelDecay = 0.977237220955811 // 10^-.01

	// gate is how much softer than that level a frame may be to count as a voice: 25 dB.
	gate = 0.00316227766016838 // 10^-2.5
)

// features turns pairs of spectra into what the network hears of 20 ms.
type features struct {
	kernels *kernel.Set
	power   [bands]float32 // of both hops of a pair
	second  bool           // the next hop is the second one
	level   voicebands.Level
	row     [bands]float32
	voiced  bool // the frame is loud enough to be a voice
}

// take adds the powers of a hop. It reports whether that completes a frame, whose features are in row.
func (f *features) take(power *[bands]float32) bool {
	for b, p := range power {
		f.power[b] += p / 2
	}
	if f.second = !f.second; f.second {
		return false
	}
	all := float32(0)
	for b := range f.power {
		f.power[b] += voicebands.Floor * float32(voicebands.Edges[b+1]-voicebands.Edges[b])
		all += f.power[b]
	}
	f.level.Follow(all, levelDecay)
	f.voiced = all > gate*float32(f.level) && voicebands.Sound(all)
	f.hear(voicebands.Sound(all))
	f.power = [bands]float32{}
	return true
}

// hear makes the row of a frame's powers; of what is no sound all are 0.
func (f *features) hear(sound bool) {
	if !sound {
		clear(f.row[:])
		return
	}
	for b, p := range f.power {
		f.row[b] = p/(float32(f.level)+voicebands.LevelFloor) + voicebands.RelativeFloor
	}
	f.kernels.Log10(f.row[:])
	for b, v := range f.row {
		f.row[b] = (v + voicebands.Offset) * voicebands.Scale
	}
}
