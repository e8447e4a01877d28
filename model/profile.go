package model

import "time"

// Stage is a part of Process, for measuring.
type Stage int

// The stages of one hop, in their order. A network does not have them all.
const (
	StageAnalysis  Stage = iota // window and Fourier transform
	StageFeatures               // input maps
	StageEncoder                // convolutions over the bands; of a deep filter a GRU, too
	StageRecurrent              // GRUs and mixing
	StageDecoder                // convolutions back to the bands, gains; of a deep filter two GRUs, too
	StageFilter                 // GRUs and path to the taps of a deep filter
	StageSynthesis              // mask or filter, Fourier transform and overlap-add
	StageOutput                 // attenuation limit
	Stages                      // how many there are
)

// String returns the stage's name.
func (s Stage) String() string {
	return [...]string{"analysis", "features", "encoder", "recurrent", "decoder", "filter", "synthesis", "output"}[s]
}

// Durations holds the time spent in each stage.
type Durations [Stages]time.Duration

// stopwatch measures stages by a clock; without one it does nothing.
type stopwatch struct {
	clock func() time.Duration
	last  time.Duration
	spent *Durations
}

func (w *stopwatch) start() {
	if w.clock != nil {
		w.last = w.clock()
	}
}

func (w *stopwatch) end(stage Stage) {
	if w.clock != nil {
		now := w.clock()
		w.spent[stage] += now - w.last
		w.last = now
	}
}

// Profile is Process and adds to spent what each stage took by clock, which
// returns the time since any fixed moment.
func (s *Suppressor) Profile(dst, src []float32, clock func() time.Duration, spent *Durations) {
	s.stages.clock, s.stages.spent = clock, spent
	s.Process(dst, src)
	s.stages = stopwatch{}
}
