package supervisor

import (
	"sync/atomic"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/device"
)

// probeInterval is how often a microphone is asked for its latency.
const probeInterval = time.Second

// probeLatency keeps asking a microphone how old its audio is when it arrives,
// until the stream ends. It has a goroutine of its own because the answer of a
// frozen server takes long. A back end that does not know counts as none.
func probeLatency(src device.Source, into *atomic.Int64, ended <-chan struct{}) {
	into.Store(0)
	asked, ok := src.(audioio.LatencyReporter)
	if !ok {
		return
	}
	t := time.NewTicker(probeInterval)
	defer t.Stop()
	for {
		d, err := asked.Latency()
		if err == nil { // else the server stands still for now, or the stream is about to end
			into.Store(int64(d))
		}
		select {
		case <-ended:
			return
		case <-t.C:
		}
	}
}
