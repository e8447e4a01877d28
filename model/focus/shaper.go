package focus

import "github.com/stillmic/stillmic/dsp"

// Shaper gives another channel the gains that a [Focus] has for what it hears.
type Shaper struct {
	focus   *Focus
	analyse dsp.Analyzer
	build   dsp.Synthesizer
	spec    [dsp.Bins]complex64
}

// NewShaper returns a Shaper by a Focus, which is to hear every hop first.
func NewShaper(f *Focus) *Shaper {
	s := &Shaper{focus: f}
	s.analyse.Shape, s.build.Shape = dsp.Vorbis, dsp.Vorbis
	return s
}

// Process puts the hop before in the place of this one, as the focus has made it. Its hops are of the
// moments of those that the focus hears.
func (s *Shaper) Process(hop []float32) {
	s.analyse.Analyze(s.spec[:], hop)
	shape(s.spec[:], &s.focus.rules.gains)
	s.build.Synthesize(hop, s.spec[:])
}
