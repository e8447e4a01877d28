package recording

import (
	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model/focus"
	"github.com/stillmic/stillmic/model/voiceprint"
)

// focusing lowers other voices in some channels, in all of them alike. It waits until what follows has told
// whose turn it is.
type focusing struct {
	focus      *focus.Focus
	turns      *voiceprint.Turns // of a print
	ahead      *focus.Focus      // of near voices: hears what follows
	clean, dry []*focus.Shaper   // one for every channel
	ring       []moment          // that wait for turns, and the one that comes
	hops       int               // taken
	together   *together
	hear, raw  [dsp.Hop]float32 // the mean of the channels
	speech     float32          // of what came out last
}

// moment is a hop of every channel, one after the other, without noise and with it.
type moment struct {
	clean, dry []float32
	speech     float32
}

// nearWait is for how many hops near voices are waited for: it takes as much of one, 0.7 s, to tell how far it is.
const nearWait = 70

// newFocusing returns a focusing on near voices, or on that of a print.
func newFocusing(voice *voiceprint.Print, channels int) (f *focusing, err error) {
	f = &focusing{together: newTogether(channels)}
	wait := nearWait
	if voice == nil {
		if f.focus, err = focus.NewNear(); err == nil {
			f.ahead, err = focus.NewNear()
		}
	} else if f.focus, err = focus.NewMe(voice); err == nil {
		if f.turns, err = voiceprint.NewTurns(voice); err == nil {
			wait = f.turns.Delay() / dsp.Hop
		}
	}
	if err != nil {
		return nil, err
	}
	f.ring = make([]moment, wait+1)
	for i := range f.ring {
		f.ring[i] = moment{clean: make([]float32, channels*dsp.Hop), dry: make([]float32, channels*dsp.Hop)}
	}
	for range channels {
		f.clean, f.dry = append(f.clean, focus.NewShaper(f.focus)), append(f.dry, focus.NewShaper(f.focus))
	}
	return f, nil
}

// delay is by how many hops what comes out lies behind.
func (f *focusing) delay() int { return len(f.ring) - 1 + f.focus.Delay()/dsp.Hop }

// there reports whether what came out last is of the recording, not the silence at first.
func (f *focusing) there() bool { return f.hops > f.delay() }

// process takes a hop of every channel as it comes out of the suppressor, the same hop with its noise,
// and how sure the suppressor is of speech. It puts the hops that are due in the place of both, other voices
// lowered; silence at first.
func (f *focusing) process(clean, dry [][]float32, speech float32) {
	f.take(clean, dry, speech)
	if f.hops < len(f.ring) {
		for c := range clean {
			clear(clean[c][:dsp.Hop])
			clear(dry[c][:dsp.Hop])
		}
		return
	}
	due := &f.ring[f.hops%len(f.ring)]
	f.together.mean(&f.hear, due.clean)
	f.together.mean(&f.raw, due.dry)
	f.speech = f.focus.Hear(f.raw[:], f.hear[:], due.speech, f.odds())
	for c := range clean {
		copy(clean[c], due.clean[c*dsp.Hop:][:dsp.Hop])
		copy(dry[c], due.dry[c*dsp.Hop:][:dsp.Hop])
		f.clean[c].Process(clean[c])
		f.dry[c].Process(dry[c])
	}
}

// odds are the log odds that the hop that is due is of a wanted voice's turn.
func (f *focusing) odds() float64 {
	if f.turns != nil {
		return f.turns.Odds()
	}
	return f.ahead.Odds()
}

// take keeps hops until it is known whose turn they are of.
func (f *focusing) take(clean, dry [][]float32, speech float32) {
	now := &f.ring[f.hops%len(f.ring)]
	f.hops++
	now.speech = speech
	for c := range clean {
		copy(now.clean[c*dsp.Hop:][:dsp.Hop], clean[c])
		copy(now.dry[c*dsp.Hop:][:dsp.Hop], dry[c])
	}
	f.together.hear(now.clean)
	f.together.mean(&f.hear, now.clean)
	if f.turns != nil {
		f.turns.Hear(f.hear[:], speech)
		return
	}
	f.together.mean(&f.raw, now.dry)
	f.ahead.Hear(f.raw[:], f.hear[:], speech, 0)
}

// keepOnly has other voices lowered: in all channels alike where they are linked, else in each by itself.
func (p *processor) keepOnly(voice *voiceprint.Print) error {
	each := 1
	if p.link {
		each = len(p.suppressors)
	}
	for range len(p.suppressors) / each {
		f, err := newFocusing(voice, each)
		if err != nil {
			return err
		}
		p.focus = append(p.focus, f)
	}
	return nil
}

// keepVoice lowers other voices in what the suppressors have given, and in the same with its noise.
func (p *processor) keepVoice(clean, dry [][]float32) {
	each := len(clean) / len(p.focus)
	for i, f := range p.focus {
		speech := float32(0)
		for _, s := range p.suppressors[i*each:][:each] {
			speech = max(speech, s.SpeechProbability())
		}
		f.process(clean[i*each:][:each], dry[i*each:][:each], speech)
	}
}

// suppressed is how sure the network is of speech in what has come out of the suppressor, or of
// a wanted voice in what has come out behind it.
func (p *processor) suppressed(channel int) float32 {
	if p.focus == nil {
		return p.suppressors[channel].SpeechProbability()
	}
	return p.focusOf(channel).speech
}

// focusOf is what lowers other voices in a channel.
func (p *processor) focusOf(channel int) *focusing {
	return p.focus[channel*len(p.focus)/len(p.suppressors)]
}

// there reports whether a hop has come out yet: the silence before says nothing of who talks.
func (p *processor) there(channel int) bool { return p.focus == nil || p.focusOf(channel).there() }

// focusDelay is by how many samples what lowers other voices comes later.
func (p *processor) focusDelay() int {
	if p.focus == nil {
		return 0
	}
	return p.focus[0].delay() * dsp.Hop
}
