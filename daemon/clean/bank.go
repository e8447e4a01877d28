package clean

import (
	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model"
)

// Bank treats all channels of a recording at 48 kHz, hop by hop.
type Bank interface {
	// Process takes a hop (480 samples) of every channel and gives one of each.
	// It may change src.
	Process(dst, src [][]float32)

	// Gain is what levelling multiplied the last hop of a channel by.
	Gain(channel int) float32

	// Speech is the probability, 0 to 1, that a channel holds speech about where the last
	// hop has come out.
	Speech(channel int) float32

	// Delay is how many samples what comes out lies behind.
	Delay() int
}

// Polisher is the sound around the suppressor, for one channel; *voice.Chain is
// one.
type Polisher interface {
	Prepare(b *audioio.Block) // before the suppressor, without delay
	Process(b *audioio.Block, speech float32)
	Gain() float32 // what levelling multiplied the last hop by
	Delay() int    // samples
}

// BankOptions say what a bank does.
type BankOptions struct {
	Strength float32 // attenuation limit in dB, 100 for none
	Link     bool    // all channels get the same gains

	// Widen is the rate in Hz at which a voice was recorded whose upper band is to
	// be guessed, 0 for none.
	Widen int

	// Polish makes the sound around the suppressor, one for each channel; nil for
	// none.
	Polish func(channels int) []Polisher
}

// bank has one suppressor for every channel.
type bank struct {
	suppressors []*model.Suppressor
	wideners    []*model.Widener // none, or one for every channel
	polish      []Polisher
	offsets     []dsp.Offset // one for every channel
	link        bool
}

// NewBank returns a bank for a number of channels. Its error is that of
// model.NewWidener.
func NewBank(w *model.Weights, channels int, o BankOptions) (Bank, error) {
	b := &bank{link: o.Link && channels > 1, offsets: make([]dsp.Offset, channels)}
	for range channels {
		s := model.NewSuppressor(w)
		s.SetAttenuationLimit(o.Strength)
		s.Reset() // the limit holds from the first sample on
		b.suppressors = append(b.suppressors, s)
	}
	for i := 0; i < channels && o.Widen != 0; i++ {
		w, err := model.NewWidener(o.Widen)
		if err != nil {
			return nil, err
		}
		b.wideners = append(b.wideners, w)
	}
	if o.Polish != nil {
		b.polish = o.Polish(channels)
	}
	return b, nil
}

func (b *bank) Process(dst, src [][]float32) {
	for i := range src {
		b.offsets[i].Process(src[i])
	}
	for i, p := range b.polish {
		p.Prepare((*audioio.Block)(src[i]))
	}
	if b.link {
		model.ProcessLinked(b.suppressors, dst, src)
	} else {
		for i, s := range b.suppressors {
			s.Process(dst[i], src[i])
		}
	}
	for i, w := range b.wideners {
		w.Process(dst[i])
	}
	for i, p := range b.polish {
		p.Process((*audioio.Block)(dst[i]), b.suppressors[i].SpeechProbability())
	}
}

func (b *bank) Gain(channel int) float32 {
	if len(b.polish) > 0 {
		return b.polish[channel].Gain()
	}
	return 1
}

func (b *bank) Speech(channel int) float32 { return b.suppressors[channel].SpeechProbability() }

func (b *bank) Delay() int {
	delay := b.suppressors[0].Delay()
	if len(b.wideners) > 0 {
		delay += model.WidenDelay
	}
	if len(b.polish) > 0 {
		delay += b.polish[0].Delay()
	}
	return delay
}

var _ = [1]struct{}{}[audioio.BlockSize-dsp.Hop] // a block is a hop
