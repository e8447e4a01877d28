package model

// ProcessLinked is Process for the channels of one recording: every channel is
// heard by itself, and in each band all get the largest gain that any of them
// was given, with the turn or filter that belongs to it. So the picture between the
// loudspeakers stays where it is, and no voice is lost that one channel has. dst
// and src hold one hop per Suppressor; all of them have the same network.
func ProcessLinked(s []*Suppressor, dst, src [][]float32) {
	for i, one := range s {
		one.listen(dst[i], src[i])
	}
	for _, one := range s[1:] {
		s[0].stream.raise(one.stream)
	}
	for _, one := range s[1:] {
		one.stream.follow(s[0].stream)
	}
	speech := float32(0)
	for i, one := range s {
		one.render(dst[i])
		speech = max(speech, one.speech)
	}
	for _, one := range s {
		one.speech = speech
	}
}
