package daemon

import (
	"context"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/usage"
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
	taken   atomic.Pointer[taken]
}

// taken is what the process takes of the machine.
type taken struct {
	cpuPercent float64 // of one processor
	residentMB float64
}

// restEvery is how often is counted while the microphone is closed, so that
// counting is not what keeps the machine awake.
const restEvery = 10 * time.Second

// collectStatistics counts once a second, until ctx ends.
func (d *Daemon) collectStatistics(ctx context.Context) {
	t := time.NewTicker(time.Second)
	defer t.Stop()
	used, at := usage.ProcessorTime(), time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		if s := d.supervisor.Snapshot(); !s.Live {
			t.Reset(restEvery)
		} else {
			t.Reset(time.Second)
			ms := d.latency().Total()
			d.stats.latency[min(int(ms/latencyStep), latencyBins-1)].Add(1)
		}
		d.savePower()
		d.focus.Look()
		now, spent := time.Now(), usage.ProcessorTime()
		memory, err := usage.ResidentMB()
		if err != nil {
			d.o.Log.Debug("statistics", zap.Error(err))
		}
		d.stats.taken.Store(&taken{100 * (spent - used).Seconds() / now.Sub(at).Seconds(), memory})
		used, at = spent, now
		d.recorder.Expire(now)
	}
}

// Histograms returns what was counted since the start.
func (d *Daemon) Histograms() control.Histograms {
	var h control.Histograms
	h.FrameUS.Edges, h.FrameUS.Counts = d.engine.HopTimes().Edges()
	for i := range latencyBins {
		h.LatencyMS.Edges = append(h.LatencyMS.Edges, float64(i*latencyStep))
		h.LatencyMS.Counts = append(h.LatencyMS.Counts, d.stats.latency[i].Load())
	}
	return h
}

// latency returns where the delay comes from.
func (d *Daemon) latency() control.Latency {
	l := d.engine.Latency()
	return control.Latency{
		CaptureMS: milliseconds(d.supervisor.CaptureLatency()), RingMS: milliseconds(l.Queued),
		AlgorithmMS: milliseconds(l.Algorithm), SinkMS: milliseconds(l.Sink),
	}
}

func milliseconds(d time.Duration) float64 { return d.Seconds() * 1000 }
