package measure

import (
	"slices"
	"testing"

	"github.com/stillmic/stillmic/audioio/pcm"
)

func TestChannelWeights(t *testing.T) {
	const s = 1.41
	for _, c := range []struct {
		channels int
		mask     uint32
		want     []float64
	}{
		{1, 0, []float64{1}},
		{2, 3, []float64{1, 1}},
		{4, 0, []float64{1, 1, 1, 1}},    // of a field recorder
		{4, 0x33, []float64{1, 1, s, s}}, // quadraphonic
		{5, 0x607, []float64{1, 1, 1, s, s}},
		{6, 0, []float64{1, 1, 1, 0, s, s}},
		{6, 0x60F, []float64{1, 1, 1, 0, s, s}},
		{8, 0, []float64{1, 1, 1, 0, 1, 1, s, s}},
		{3, 0x8, []float64{0, 1, 1}}, // places for fewer channels than there are
	} {
		got := channelWeights(pcm.Format{Channels: c.channels, ChannelMask: c.mask})
		if !slices.Equal(got, c.want) {
			t.Errorf("%d channels, mask %#x: %v, want %v", c.channels, c.mask, got, c.want)
		}
	}
}
