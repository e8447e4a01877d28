package daemon

import (
	"context"
	"math"
	"sync/atomic"
	"time"

	"github.com/stillmic/stillmic/daemon/control"
)

const (
	// latencyStep and latencyBins make a histogram of 0 to 120 ms in steps of
	// 2 ms; what is beyond counts in the last.
	latencyStep = 2
	latencyBins = 61
)

// statistics is what is counted beside the audio.
type statistics struct {
	latency [latencyBins]atomic.Uint64
	cpu     atomicFloat // percent of one processor
	rss     atomicFloat // MB
}

// restEvery is how often is counted while the microphone is closed, so that
// counting is not what keeps the machine awake.
const restEvery = 10 * time.Second

// keep counts once a second, until ctx ends.
func (d *Daemon) keep(ctx context.Context) {
	t := time.NewTicker(time.Second)
	defer t.Stop()
	used, at := processTime(), time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		if s := d.now.load(); !s.live {
			t.Reset(restEvery)
		} else {
			t.Reset(time.Second)
			ms := d.engine.Latency(time.Duration(d.capture.Load())).Total()
			d.stats.latency[min(int(ms/latencyStep), latencyBins-1)].Add(1)
		}
		now, spent := time.Now(), processTime()
		d.stats.cpu.set(float32(100 * (spent - used).Seconds() / now.Sub(at).Seconds()))
		d.stats.rss.set(float32(residentMB()))
		used, at = spent, now
		d.recorder.Expire(now)
	}
}

// Histograms returns what was counted since the start.
func (d *Daemon) Histograms() control.Histograms {
	var h control.Histograms
	h.FrameUS = d.engine.frameTime.edges()
	for i := range latencyBins {
		h.LatencyMS.Edges = append(h.LatencyMS.Edges, float64(i*latencyStep))
		h.LatencyMS.Counts = append(h.LatencyMS.Counts, d.stats.latency[i].Load())
	}
	return h
}

// edges returns the counts of 16 us to 32 ms, two steps per octave; what is
// below counts in the first and what is beyond in the last.
func (h *Histogram) edges() (out control.Histogram) {
	const first, last, perOctave = 4, 15, 2
	const fold = histogramSteps / perOctave
	n := (last-first)*perOctave + 1
	out.Edges, out.Counts = make([]float64, n), make([]uint64, n)
	for i := range n {
		octave, half := first+i/perOctave, i%perOctave
		out.Edges[i] = math.Ldexp(1+float64(half)/perOctave, octave)
	}
	for b := range h.counts {
		i := min(max(b/fold-first*perOctave, 0), n-1)
		out.Counts[i] += h.counts[b].Load()
	}
	out.Edges[0] = 0
	return out
}
