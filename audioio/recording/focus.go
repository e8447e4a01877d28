package recording

import "github.com/stillmic/stillmic/model/voiceprint"

// keepOnly has every voice but one lowered: in all channels alike where they are linked, else in each by itself.
func (p *processor) keepOnly(voice *voiceprint.Print, channels int) error {
	count, each := channels, 1
	if p.link {
		count, each = 1, channels
	}
	for range count {
		f, err := voiceprint.NewFocus(voice, each)
		if err != nil {
			return err
		}
		p.focus = append(p.focus, f)
	}
	return nil
}

// keepVoice lowers all voices but one in what the suppressors have given.
func (p *processor) keepVoice(hops [][]float32) {
	each := len(hops) / len(p.focus)
	for i, f := range p.focus {
		speech := float32(0)
		for _, s := range p.suppressors[i*each:][:each] {
			speech = max(speech, s.SpeechProbability())
		}
		f.Process(hops[i*each:][:each], speech)
	}
}

// suppressed is how sure the network is of speech in what has come out of the suppressor, or of
// what keeps one voice behind it.
func (p *processor) suppressed(channel int) float32 {
	if p.focus == nil {
		return p.suppressors[channel].SpeechProbability()
	}
	return p.focusOf(channel).Speech()
}

// focusOf is what keeps one voice in a channel.
func (p *processor) focusOf(channel int) *voiceprint.Focus {
	return p.focus[channel*len(p.focus)/len(p.suppressors)]
}

// there reports whether a hop has come out yet: the silence before says nothing of who talks.
func (p *processor) there(channel int) bool { return p.focus == nil || p.focusOf(channel).There() }

// lowered is by what the hop that has come out was multiplied to keep one voice, at its beginning and its end.
func (p *processor) lowered(channel int) (from, to float32) {
	if p.focus == nil {
		return 1, 1
	}
	return p.focusOf(channel).Gain()
}

// focusDelay is by how many samples that comes later.
func (p *processor) focusDelay() int {
	if p.focus == nil {
		return 0
	}
	return p.focus[0].Delay()
}
