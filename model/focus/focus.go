package focus

import (
	"fmt"

	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model/internal/kernel"
	"github.com/stillmic/stillmic/model/internal/voicebands"
	"github.com/stillmic/stillmic/model/voiceprint"
)

// Focus lowers voices that are not wanted in a stream of hops of 480 samples at 48 kHz. It belongs
// to one goroutine.
type Focus struct {
	stream            *stream
	resemblance       *voiceprint.Resemblance // nil: near
	hearClean, hearIn dsp.Analyzer
	build             dsp.Synthesizer
	clean, in         [dsp.Bins]complex64
	features          features
	distance          distance // near
	rules             rules
	voice             float32 // how likely the hop before holds a wanted voice
}

// NewNear returns a Focus that lowers clear voices that are farther from the microphone than the speaker's.
func NewNear() (*Focus, error) {
	n, err := loadNear()
	if err != nil {
		return nil, err
	}
	return newFocus(newStream(n, kernel.Best(), nil), nil), nil
}

// NewMe returns a Focus that lowers every voice but that of a print. Its error is
// voiceprint.ErrOtherNetwork if the networks of this program cannot use that.
func NewMe(p *voiceprint.Print) (*Focus, error) {
	n, err := loadMe()
	if err != nil {
		return nil, err
	}
	r, err := voiceprint.NewResemblance(p)
	if err != nil {
		return nil, fmt.Errorf("voice print: %w", err)
	}
	if n.voiceprint != p.Network {
		return nil, fmt.Errorf("the network of focus %q knows the prints of %q, this one is of %q", me, n.voiceprint, p.Network)
	}
	return newFocus(newStream(n, kernel.Best(), &p.Values), r), nil
}

func newFocus(s *stream, r *voiceprint.Resemblance) *Focus {
	f := &Focus{stream: s, resemblance: r, distance: newDistance(), rules: newRules()}
	f.hearClean.Shape, f.hearIn.Shape, f.build.Shape = dsp.Vorbis, dsp.Vorbis, dsp.Vorbis
	return f
}

// Delay is by how many samples what comes out lies behind: a hop.
func (f *Focus) Delay() int { return dsp.Hop }

// Process takes a hop of the microphone, which stays as it is, the same hop as it comes out of the
// suppressor, and how likely that holds speech, 0 to 1. It puts the hop before in the place of
// the latter, other voices lowered, and returns how likely that holds a wanted voice. It allocates nothing.
func (f *Focus) Process(raw, clean []float32, speech float32) float32 {
	f.listen(raw, clean, speech)
	voice := f.temper(speech, f.turn())
	shape(f.clean[:], &f.rules.gains)
	f.build.Synthesize(clean, f.clean[:])
	return voice
}

// turn is whose turn it is as far as the past tells.
func (f *Focus) turn() turn {
	switch {
	case f.resemblance == nil:
		return f.begun(turnOf(f.distance.odds))
	case f.resemblance.Second().Known && f.resemblance.Odds() >= 0:
		return wanted
	}
	return anybody
}

// Hear is Process for what is to be changed by a [Shaper]. odds are the log odds that the hop is of a wanted
// voice's turn, as voiceprint.Turns says or Odds of a Focus that has heard what follows, 0 where nothing is known.
func (f *Focus) Hear(raw, clean []float32, speech float32, odds float64) float32 {
	f.listen(raw, clean, speech)
	return f.temper(speech, f.begun(turnOf(odds)))
}

// begun is more careful with a far voice that begins after a pause: it may be the near one's first syllable.
func (f *Focus) begun(whose turn) turn {
	if whose == another && f.resemblance == nil && f.rules.begins() {
		return perhaps
	}
	return whose
}

// Odds are the natural logarithm of how much likelier the nearest voice speaks than another, as far as the past tells;
// of a Focus on a print 0.
func (f *Focus) Odds() float64 {
	if f.resemblance != nil {
		return 0
	}
	return f.distance.odds
}

// listen takes a hop, and has the network say what it wants.
func (f *Focus) listen(raw, clean []float32, speech float32) {
	s := f.stream
	f.hearIn.Analyze(f.in[:], raw)
	f.hearClean.Analyze(f.clean[:], clean)
	f.features.take(s.kernels, s.input[:2*bands], f.clean[:], f.in[:])
	s.input[2*bands] = speech
	f.resemble(speech)
	s.step()
	if f.resemblance == nil {
		power := float32(0)
		for _, p := range f.features.clean.power[:voicebands.Voice] {
			power += p
		}
		f.distance.hear(speech, float64(power), s.said[voiceAt])
	}
}

// temper settles the gains, and returns how likely the hop before holds a wanted voice.
func (f *Focus) temper(speech float32, whose turn) float32 {
	f.rules.temper(f.stream.said[:bands], f.joins(), speech, whose)
	before := f.voice
	if f.voice = speech; f.rules.judge(&f.features.clean.power, speech) {
		f.voice = 0
	}
	return before
}

// joins is how likely the network says a wanted voice is there, for it to take part in another's turn. Near voices'
// turns go by that already.
func (f *Focus) joins() float32 {
	if f.resemblance == nil {
		return 0
	}
	return f.stream.said[voiceAt]
}

// resemble writes how much the voice resembles the print.
func (f *Focus) resemble(speech float32) {
	if f.resemblance == nil {
		return
	}
	f.resemblance.Hear((*[voicebands.Voice]float32)(f.features.clean.power[:]), speech)
	second, latest, known := f.resemblance.Second(), f.resemblance.Latest(), float32(0)
	if second.Known {
		known = 1
	}
	copy(f.stream.input[heard:], []float32{second.Value, latest.Value, known})
}

// Other reports whether a voice is being lowered, or was within the last second.
func (f *Focus) Other() bool { return f.rules.held > 0 }

// Reset forgets what was heard: another microphone begins.
func (f *Focus) Reset() {
	f.stream.reset()
	if f.resemblance != nil {
		f.resemblance.Reset()
	}
	f.hearClean.Reset()
	f.hearIn.Reset()
	f.build.Reset()
	f.features, f.distance, f.rules, f.voice = features{}, newDistance(), newRules(), 0
}
