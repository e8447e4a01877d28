package clean

import (
	"github.com/stillmic/stillmic/audioio/recording"
	"github.com/stillmic/stillmic/dsp"
)

// speechTrack remembers of every hop of a recording how sure the network was of speech:
// a byte for 10 ms, 1.1 MB for three hours.
type speechTrack struct {
	hops  []uint8
	voice bool // somebody talks in it
}

// hopsPerSecond are those of a speechTrack.
const hopsPerSecond = 100

const (
	anySpeech = 255 / 2 // a probability of 0.5
	noSpeech  = 255 / 5 // of 0.2: what lies below is a pause
)

// write takes what frames say.
func (t *speechTrack) write(f recording.Frames) error {
	for _, p := range f.Speech {
		t.add(p)
	}
	t.voice = f.Voice
	return nil
}

// add appends a probability from 0 to 1.
func (t *speechTrack) add(p float32) { t.hops = append(t.hops, uint8(255*min(max(p, 0), 1))) }

// share is that of the hops with speech, from 0 to 1.
func (t *speechTrack) share() float64 {
	n := 0
	for _, p := range t.hops {
		if p >= anySpeech {
			n++
		}
	}
	return float64(n) / float64(max(len(t.hops), 1))
}

// How much before and behind speech still belongs to it, in hops: the probability may come
// some hops before what it speaks of, and the end of a word is softer than it.
const (
	beforeSpeech = 6
	behindSpeech = 15
)

// spoken says for every hop whether there is speech near it.
func (t *speechTrack) spoken() (near []bool, everywhere bool) {
	near, everywhere = make([]bool, len(t.hops)), true
	until := 0 // the first hop that is not marked yet
	for i, p := range t.hops {
		if p < anySpeech {
			continue
		}
		for until = max(until, i-beforeSpeech); until < min(i+behindSpeech+1, len(near)); until++ {
			near[until] = true
		}
	}
	for _, n := range near {
		everywhere = everywhere && n
	}
	return near, everywhere
}

// swell is a gain that holds where somebody speaks. Elsewhere nothing is made louder: a
// gain above 0 dB is given back between words.
type swell struct {
	spoken  []bool // hops near speech
	gain    float64
	applied float64 // dB, at the end of the running hop
	rate    int
	frame   int64   // the next
	hop     int     // the one it lies in
	left    int     // frames of it
	now     float32 // factor
	step    float32 // by which it grows with every frame
}

// Between words a gain falls by swellDown dB a hop, and it is back within swellUp hops.
const (
	swellDown = 1
	swellUp   = 4
)

func newSwell(gain float64, spoken []bool, rate int) *swell {
	s := &swell{spoken: spoken, gain: gain, rate: rate, hop: -1}
	s.applied = s.wanted(0)
	s.now = float32(dsp.Gain(s.applied))
	return s
}

// wanted is the gain of a hop in dB that it is to come to.
func (s *swell) wanted(hop int) float64 {
	if s.gain > 0 && hop < len(s.spoken) && !s.spoken[hop] {
		return 0
	}
	return s.gain
}

// apply multiplies interleaved frames of some channels.
func (s *swell) apply(p []float32, channels int) {
	for at := 0; at < len(p); at += channels {
		if s.left == 0 {
			s.next()
		}
		s.now += s.step
		s.left--
		s.frame++
		for c := range channels {
			p[at+c] *= s.now
		}
	}
}

// next begins a hop.
func (s *swell) next() {
	s.hop++
	end := int64(s.hop+1) * int64(s.rate) / hopsPerSecond
	s.left = max(int(end-s.frame), 1)
	s.now = float32(dsp.Gain(s.applied)) // without what rounding has added
	s.applied += min(max(s.wanted(s.hop)-s.applied, -swellDown), max(s.gain, 0)/swellUp)
	s.step = (float32(dsp.Gain(s.applied)) - s.now) / float32(s.left)
}
