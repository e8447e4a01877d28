package model

import "time"

// Stage is a part of Process, for measuring.
type Stage int

// The stages of one frame, in their order. A network does not have them all.
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

// lap measures stages by a clock; without one it does nothing.
type lap struct {
	clock func() time.Duration
	last  time.Duration
	spent *Durations
}

func (l *lap) start() {
	if l.clock != nil {
		l.last = l.clock()
	}
}

func (l *lap) end(stage Stage) {
	if l.clock != nil {
		now := l.clock()
		l.spent[stage] += now - l.last
		l.last = now
	}
}

// Profile is Process and adds to spent what each stage took by clock, which
// returns the time since any fixed moment.
func (s *Suppressor) Profile(dst, src []float32, clock func() time.Duration, spent *Durations) {
	s.lap.clock, s.lap.spent = clock, spent
	s.Process(dst, src)
	s.lap = lap{}
}
