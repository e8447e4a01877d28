package queue

import (
	"sync/atomic"

	"github.com/stillmic/stillmic/audioio"
)

// MaxChannels is the most that a sound server's stream has.
const MaxChannels = 32

const (
	// blendMemory is over how many samples the level of a channel is taken: 0.3 s.
	blendMemory = 0.3 * audioio.SampleRate

	// blendClear is by how much another channel must be louder to be taken, in power:
	// 6 dB. A voice in several microphones would jump between them otherwise.
	blendClear = 4

	// blendSilence is a power below which no channel is taken: -100 dBFS.
	blendSilence = 1e-10
)

// blendStep is how many frames lie between two whose level is taken: speech has most of its
// power below 1 kHz, and 12 kHz are enough for that.
const blendStep = 4

// Blend makes one channel of those of a device. Of two it takes their mean, or half their
// difference where the mean cancels out, for one of a pair may be inverted. Of more, as
// interfaces with many inputs have them, it takes the loudest: their mean would be the
// softer the more inputs are not in use. Choose has one channel taken instead. It allocates
// nothing.
type Blend struct {
	Channels int
	chosen   atomic.Int32         // channel from 1 on; 0: as the levels say
	power    [MaxChannels]float32 // of each candidate: mean and difference, or the channels
	now, old int                  // candidate heard, and the one before
	faded    int                  // samples of the way from old to now; audioio.BlockSize: all of it
}

// NewBlend returns a Blend of a device with so many channels, MaxChannels at most.
func NewBlend(channels int) *Blend { return &Blend{Channels: channels, faded: audioio.BlockSize} }

// Choose has one channel taken from the next block on, from 1 on; 0 leaves it to the levels, and
// so does a channel that the device does not have. It may be called from anywhere.
func (m *Blend) Choose(channel int) { m.chosen.Store(int32(channel)) }

// Take makes a sample of each frame of little-endian float32 samples in p.
func (m *Blend) Take(mono []float32, p []byte) {
	if m.Channels > 1 {
		m.listen(p[:4*m.Channels*len(mono)])
		m.goTo(m.best())
	}
	m.copy(mono, p, m.now)
	if m.faded == audioio.BlockSize {
		return
	}
	for i := range mono {
		m.faded = min(m.faded+1, audioio.BlockSize)
		before := m.sample(p[4*m.Channels*i:], m.old)
		mono[i] = before + float32(m.faded)/audioio.BlockSize*(mono[i]-before)
	}
}

// firstOfPair is the candidate that is the first channel of two; the mean and half the difference
// go before it.
const firstOfPair = 2

// sample returns a candidate's sample of the frame at the beginning of p.
func (m *Blend) sample(p []byte, k int) float32 {
	if m.Channels != 2 {
		return float32At(p[4*k:])
	}
	if k >= firstOfPair {
		return float32At(p[4*(k-firstOfPair):])
	}
	l, r := float32At(p), float32At(p[4:])
	if k == 1 {
		r = -r
	}
	return (l + r) / 2
}

// copy makes mono of a candidate.
func (m *Blend) copy(mono []float32, p []byte, k int) {
	if m.Channels == 2 && k == 0 { // what most microphones are
		for i := range mono {
			mono[i] = (float32At(p[8*i:]) + float32At(p[8*i+4:])) / 2
		}
		return
	}
	for i := range mono {
		mono[i] = m.sample(p[4*m.Channels*i:], k)
	}
}

// listen takes the level of each candidate.
func (m *Blend) listen(p []byte) {
	frame := 4 * m.Channels
	share := min(float32(len(p)/frame)/blendMemory, 1)
	for k := range m.Channels {
		sum, n := float32(0), float32(0)
		for at := 0; at < len(p); at += blendStep * frame {
			v := m.sample(p[at:], k)
			sum += v * v
			n++
		}
		m.power[k] += (sum/n - m.power[k]) * share
	}
}

// best returns the candidate to be heard: the channel chosen, or one that is clearly louder than
// the one heard now.
func (m *Blend) best() int {
	if c := int(m.chosen.Load()); c >= 1 && c <= m.Channels {
		if m.Channels == 2 {
			return firstOfPair + c - 1
		}
		return c - 1
	}
	best := m.now
	for k, p := range m.power[:m.Channels] {
		if p > m.power[best] {
			best = k
		}
	}
	if m.power[best] > blendSilence && m.power[best] > blendClear*m.power[m.now] {
		return best
	}
	return m.now
}

// goTo goes over to a candidate, once the last time is over.
func (m *Blend) goTo(k int) {
	if k != m.now && m.faded == audioio.BlockSize {
		m.now, m.old, m.faded = k, m.now, 0
	}
}
