package enrol

import "github.com/stillmic/stillmic/dsp"

// levels measures how loud a voice is at the microphone, and how loud what else is heard there. What
// was 20 s ago counts a third.
type levels struct {
	voice, pauses power
	quietHops     int // since the last word
}

// power is a mean that forgets.
type power struct{ sum, hops float64 }

const (
	forget     = 1 - 1.0/2000 // a hop later
	enoughHops = 50           // that a level is of at least
	pauseHops  = 8            // after a word until its end has died away
	surely     = 0.9          // the suppressor is, that there is a voice, or with 1 less it that there is none
	fullScale  = 1            // mean square of a hop at -1 and 1 throughout: what is above is no voice but a fault
)

// add takes the mean square of a hop of the microphone, and how sure the suppressor is that it holds speech. What is
// no number, or louder than full scale, is passed over.
func (l *levels) add(meanSquare float64, speech float32) {
	if !(meanSquare <= fullScale) {
		return
	}
	l.quietHops++
	switch {
	case speech > surely:
		l.quietHops = 0
		l.voice.add(meanSquare)
	case speech < 1-surely && l.quietHops > pauseHops:
		l.pauses.add(meanSquare)
	}
}

func (p *power) add(meanSquare float64) {
	p.sum = p.sum*forget + meanSquare
	p.hops = p.hops*forget + 1
}

// dB is the mean level re full scale; it is known once enough was heard.
func (p *power) dB() (level float64, known bool) {
	if p.hops < enoughHops {
		return 0, false
	}
	return dsp.PowerDB(p.sum / p.hops), true
}

// overNoise is by how many dB the voice is louder than its pauses.
func (l *levels) overNoise() (dB float64, known bool) {
	voice, spoken := l.voice.dB()
	pauses, paused := l.pauses.dB()
	return voice - pauses, spoken && paused
}
