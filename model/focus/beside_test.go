package focus

import (
	"slices"
	"testing"
	"time"

	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model"
)

// BenchmarkBesideFull runs a focus behind the network that it is used with, which leaves little of it in the caches: what
// share of that network's time it takes. 100 ms at a time: not every hop of a voice print's network costs the same.
func BenchmarkBesideFull(b *testing.B) {
	sound := voiced()
	weights, err := model.Full()
	if err != nil {
		b.Fatal(err)
	}
	for k, f := range both(b) {
		b.Run(string(k), func(b *testing.B) {
			s := model.NewSuppressor(weights)
			var hop [dsp.Hop]float32
			var full, behind []time.Duration
			at := 0
			for b.Loop() {
				var took [2]time.Duration
				for range 10 {
					raw := sound[at:][:dsp.Hop]
					begin := time.Now()
					s.Process(hop[:], raw)
					between := time.Now()
					f.Process(raw, hop[:], 1)
					took[0], took[1] = took[0]+between.Sub(begin), took[1]+time.Since(between)
					at = (at + dsp.Hop) % len(sound)
				}
				full, behind = append(full, took[0]), append(behind, took[1])
			}
			b.ReportMetric(100*float64(quick(behind))/float64(quick(full)), "%-of-full")
			b.ReportMetric(quick(full).Seconds()*1e5, "full-us")
			b.ReportMetric(quick(behind).Seconds()*1e5, "focus-us")
		})
	}
}

// quick is what the quickest tenth takes at most: others use the machine, too.
func quick(took []time.Duration) time.Duration {
	slices.Sort(took)
	return took[len(took)/10]
}
