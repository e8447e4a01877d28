package model

import "github.com/stillmic/stillmic/dsp"

// ProcessLinked is Process for the channels of one recording: every channel is
// heard by itself, and in each band all get the largest gain that any of them
// was given, with the turn that belongs to it. So the picture between the
// loudspeakers stays where it is, and no voice is lost that one channel has. dst
// and src hold one hop per Suppressor.
func ProcessLinked(s []*Suppressor, dst, src [][]float32) {
	for i, one := range s {
		one.listen(dst[i], src[i])
	}
	for _, one := range s[1:] {
		s[0].network.raise(one.network)
		for b, e := range one.energy {
			s[0].energy[b] += e
		}
	}
	for i, one := range s {
		one.network.gain, one.network.turn, one.network.speech = s[0].network.gain, s[0].network.turn, s[0].network.speech
		one.energy = s[0].energy
		one.render(dst[i])
	}
}

// raise takes over the gains of m that are larger, with their turns, and its
// speech if that is surer.
func (n *network) raise(m *network) {
	n.speech[0] = max(n.speech[0], m.speech[0])
	for b, g := range m.gain {
		if g <= n.gain[b] {
			continue
		}
		n.gain[b] = g
		if b < dsp.LinearBands {
			n.turn[b] = m.turn[b]
		}
	}
}
