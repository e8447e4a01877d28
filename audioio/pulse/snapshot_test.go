package pulse

import (
	"fmt"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"github.com/stillmic/stillmic/audioio"
)

// drawSnapshot draws any state of a server.
func drawSnapshot(t *rapid.T, label string) snapshot {
	p := snapshot{devices: map[uint32]audioio.Device{}, levels: map[uint32]audioio.Level{}, listeners: rapid.IntRange(0, 2).Draw(t, label+" listeners")}
	for range rapid.IntRange(0, 4).Draw(t, label+" devices") {
		i := rapid.Uint32Range(0, 5).Draw(t, label+" index")
		p.levels[i] = audioio.Level{Volume: rapid.SampledFrom([]float64{0.5, 1}).Draw(t, label+" volume")}
		p.devices[i] = audioio.Device{Name: fmt.Sprint("mic", i), Rate: rapid.SampledFrom([]int{16000, 48000}).Draw(t, label+" rate")}
	}
	p.defaultName = rapid.SampledFrom([]string{"", "mic1", "mic2"}).Draw(t, label+" default")
	return p
}

// TestEventsLeadToTheTruth: whoever applies the events to what they knew
// knows what is, even when the truth changes half-way.
func TestEventsLeadToTheTruth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		reported := drawSnapshot(t, "first")
		for range 3 {
			now := drawSnapshot(t, "next")
			events := difference(reported, now)
			n := rapid.IntRange(0, len(events)).Draw(t, "told")
			for _, e := range events[:n] {
				reported.apply(e)
			}
		}
		now := drawSnapshot(t, "last")
		for _, e := range difference(reported, now) {
			reported.apply(e)
		}
		if !reflect.DeepEqual(reported, now) {
			t.Fatalf("told %+v, is %+v", reported, now)
		}
		if rest := difference(reported, now); len(rest) != 0 {
			t.Fatalf("more to tell: %v", rest)
		}
	})
}
