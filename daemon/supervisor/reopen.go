package supervisor

import (
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/device"
)

const (
	reopenFirst = 10 * time.Second
	reopenMost  = 5 * time.Minute
)

// stalledStream ends a stream that was opened and delivers nothing: a server may
// forget to connect it to the device, and opened again it is. That is tried after
// 10 s without audio, then 20 s and so on, so that a microphone which really is
// silent is left alone for most of the time.
//
// It counts looks at the stream, not time: while the program stood still nothing
// could come.
type stalledStream struct {
	hops  uint64
	looks int // without audio
	limit time.Duration
}

// begin starts with another stream.
func (r *stalledStream) begin(hops uint64) { r.hops, r.looks = hops, 0 }

// over is asked every tick. A stream whose device the server has switched off
// has nothing to deliver, and one of a server that stands still goes on with it.
func (r *stalledStream) over(hops uint64, src device.Source, srv device.Server) bool {
	if hops != r.hops {
		*r = stalledStream{hops: hops}
		return false
	}
	if off, ok := src.(audioio.Suspender); ok && off.Suspended() {
		r.looks = 0
		return false
	}
	r.looks++
	r.limit = max(r.limit, reopenFirst)
	if time.Duration(r.looks)*tick < r.limit {
		return false
	}
	r.looks = 0
	r.limit = min(2*r.limit, reopenMost)
	_, err := srv.Devices()
	return err == nil
}
