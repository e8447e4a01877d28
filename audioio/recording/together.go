package recording

import (
	"math"

	"github.com/stillmic/stillmic/dsp"
)

// together is the mean of channels. One that has the sound of those before it upside down, as crossed
// wires make it, counts the other way round: the mean would be silence.
type together struct {
	channels []beside // but for the first
}

// beside is how a channel lies beside those before it, lately.
type beside struct {
	product, before, own float64
	turned               bool
}

const (
	// lately is what is left of the past after a hop: 1 s.
	lately = 0.99

	// turnedAt is the correlation below which a channel is upside down; above 0 it no longer is.
	turnedAt = -0.5
)

func newTogether(channels int) *together { return &together{make([]beside, channels-1)} }

// hear notes how the channels lie in a hop of each, one after the other.
func (t *together) hear(channels []float32) {
	var sum [dsp.Hop]float32
	copy(sum[:], channels)
	for c := range t.channels {
		t.channels[c].hear(sum[:], channels[(c+1)*dsp.Hop:][:dsp.Hop])
		t.add(&sum, channels, c+1)
	}
}

func (b *beside) hear(before, own []float32) {
	b.product, b.before, b.own = lately*b.product, lately*b.before, lately*b.own
	for i, v := range own {
		b.product += float64(before[i]) * float64(v)
		b.before += float64(before[i]) * float64(before[i])
		b.own += float64(v) * float64(v)
	}
	switch least := turnedAt * math.Sqrt(b.before*b.own); {
	case b.product < least:
		b.turned = true
	case b.product > 0:
		b.turned = false
	}
}

// mean sets a hop to the mean of one of each channel.
func (t *together) mean(out *[dsp.Hop]float32, channels []float32) {
	copy(out[:], channels)
	for c := range t.channels {
		t.add(out, channels, c+1)
	}
	share := 1 / float32(1+len(t.channels))
	for i := range out {
		out[i] *= share
	}
}

// add adds a channel as it lies.
func (t *together) add(sum *[dsp.Hop]float32, channels []float32, channel int) {
	sign := float32(1)
	if t.channels[channel-1].turned {
		sign = -1
	}
	for i, v := range channels[channel*dsp.Hop:][:dsp.Hop] {
		sum[i] += sign * v
	}
}
