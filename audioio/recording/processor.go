package recording

import (
	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model"
	"github.com/stillmic/stillmic/model/voiceprint"
)

// Processor treats all channels of a stream at 48 kHz, hop by hop.
type Processor interface {
	// Process takes a hop (10 ms, 480 samples) of every channel and gives one of each.
	// It may change src.
	Process(dst, src [][]float32)

	// Gain is what levelling multiplied the last hop of a channel by.
	Gain(channel int) float32

	// Speech is the probability, 0 to 1, that a channel holds speech about where the last
	// hop has come out.
	Speech(channel int) float32

	// Voice reports whether somebody has talked in a channel so far; in the first 3 s that may be
	// taken back (dsp.Talk).
	Voice(channel int) bool

	// Delay is how many samples what comes out lies behind.
	Delay() int
}

// VoiceChain is the sound around the suppressor, for one channel; *voice.Chain is
// one.
type VoiceChain interface {
	Prepare(b *audioio.Block) // before the suppressor, without delay
	Process(b *audioio.Block, speech float32)
	Gain() float32 // what levelling multiplied the last hop by
	Delay() int    // samples

	// LookAhead returns how many hops before Process a hop is to be handed to Hear, without the
	// noise, so that levelling knows a voice before its first word; 0 for never.
	LookAhead() (hops int)
	Hear(b *audioio.Block, speech float32)
}

// ProcessorOptions say what a Processor does.
type ProcessorOptions struct {
	Strength float32 // how far noise may be lowered, in dB; 100: without a limit
	Link     bool    // all channels get the same gains

	// Widen is the rate in Hz at which a voice was recorded whose upper band is to
	// be guessed, 0 for none.
	Widen int

	// Chains makes the sound around the suppressor, one for each channel; nil for
	// none.
	Chains func(channels int) []VoiceChain

	// Near has clear voices lowered that are far from the microphone.
	Near bool

	// Voice is the print of the one voice that stays as loud as it is; nil for all. Near is of no
	// meaning beside it.
	Voice *voiceprint.Print
}

// processor has one suppressor for every channel.
type processor struct {
	suppressors []*model.Suppressor
	wideners    []*model.Widener // none, or one for every channel
	focus       []*focusing      // none, one for all channels, or one for every channel
	chains      []VoiceChain
	late        []*late      // none, or one for every channel
	dry         [][]float32  // what late gives
	ahead       []*ahead     // none, or one for every channel
	offsets     []dsp.Offset // one for every channel
	talk        []dsp.Talk   // one for every channel
	strength    float32
	link        bool
}

// NewProcessor returns one suppressor of the weights w for every channel, and what the
// options add. Its error is that of model.NewWidener or of focus.NewMe.
func NewProcessor(w *model.Weights, channels int, o ProcessorOptions) (Processor, error) {
	p := &processor{link: o.Link && channels > 1, strength: o.Strength, offsets: make([]dsp.Offset, channels)}
	p.talk = make([]dsp.Talk, channels)
	for range channels {
		s := model.NewSuppressor(w)
		s.SetAttenuationLimit(o.Strength)
		s.Reset() // the limit holds from the first sample on
		p.suppressors = append(p.suppressors, s)
	}
	for i := 0; i < channels && o.Widen != 0; i++ {
		w, err := model.NewWidener(o.Widen)
		if err != nil {
			return nil, err
		}
		p.wideners = append(p.wideners, w)
	}
	if o.Near || o.Voice != nil {
		if err := p.keepOnly(o.Voice); err != nil {
			return nil, err
		}
	}
	if o.Chains != nil {
		p.chains = o.Chains(channels)
	}
	p.lookAhead()
	return p, nil
}

// lookAhead has noise come back into hops behind what must not hear it: levelling, and what lowers other voices.
func (p *processor) lookAhead() {
	hops := 0
	for _, c := range p.chains {
		hops = max(hops, c.LookAhead())
	}
	if hops == 0 && p.focus == nil {
		return
	}
	for _, s := range p.suppressors {
		l := newLate(s.Delay() / dsp.Hop)
		p.late, p.dry = append(p.late, l), append(p.dry, l.hop[:])
		if hops > 0 || p.strength < noLimit {
			s.SetAttenuationLimit(noLimit) // that comes when the hops do
			s.Reset()
			p.ahead = append(p.ahead, newAhead(hops))
		}
	}
}

// noLimit is an attenuation limit that is none, in dB.
const noLimit = 100

func (p *processor) Process(dst, src [][]float32) {
	for i := range src {
		p.offsets[i].Process(src[i])
	}
	for i, c := range p.chains {
		if p.ahead == nil {
			p.suppressors[i].SetAttenuationLimit(dsp.LimitBefore(c.Gain(), p.strength))
		}
		c.Prepare((*audioio.Block)(src[i]))
	}
	for i, l := range p.late {
		l.take(src[i])
	}
	if p.link {
		model.ProcessLinked(p.suppressors, dst, src)
	} else {
		for i, s := range p.suppressors {
			s.Process(dst[i], src[i])
		}
	}
	if p.focus != nil {
		p.keepVoice(dst, p.dry)
	}
	for i := range p.suppressors {
		if p.there(i) {
			p.talk[i].Hear(dst[i], p.suppressed(i))
		}
	}
	if p.ahead != nil && !p.wait(dst) {
		return
	}
	for i, w := range p.wideners {
		w.Process(dst[i])
	}
	for i, c := range p.chains {
		c.Process((*audioio.Block)(dst[i]), p.Speech(i))
	}
}

// wait puts the hops that were suppressed before in the place of the new ones, which the
// chains hear. It reports whether there were such yet, else there is silence.
func (p *processor) wait(dst [][]float32) (there bool) {
	for i, a := range p.ahead {
		speech := p.suppressed(i)
		a.take(p.dry[i], dst[i], speech)
		if a.hops > 0 {
			p.chains[i].Hear((*audioio.Block)(dst[i]), speech)
		}
		there = a.next(dst[i], dsp.LimitBefore(p.Gain(i), p.strength))
	}
	return there
}

func (p *processor) Gain(channel int) float32 {
	if len(p.chains) > 0 {
		return p.chains[channel].Gain()
	}
	return 1
}

func (p *processor) Speech(channel int) float32 {
	if p.ahead != nil {
		return p.ahead[channel].speech
	}
	return p.suppressed(channel)
}

func (p *processor) Voice(channel int) bool { return p.talk[channel].Found() }

func (p *processor) Delay() int {
	delay := p.suppressors[0].Delay() + p.focusDelay()
	if len(p.wideners) > 0 {
		delay += model.WidenDelay
	}
	if len(p.chains) > 0 {
		delay += p.chains[0].Delay()
	}
	if len(p.ahead) > 0 {
		delay += p.ahead[0].hops * dsp.Hop
	}
	return delay
}

var _ = [1]struct{}{}[audioio.BlockSize-dsp.Hop] // a block is a hop
