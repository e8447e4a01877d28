package supervisor

import (
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/device"
)

const (
	reopenFirst = 10 * time.Second
	reopenMost  = 5 * time.Minute

	// reopenSoon is how long a stream may deliver nothing where its device may have lost it.
	reopenSoon = time.Second

	// doubtful is for how long after such a moment it may fall silent because of it.
	doubtful = 5 * time.Second
)

// stalledStream ends a stream that was opened and delivers nothing: a server may
// forget to connect it to the device, and opened again it is. That is tried after
// 10 s without audio, then 20 s and so on, so that a microphone which really is
// silent is left alone for most of the time. When the machine was suspended, or the
// device was away and its stream stayed, that is likely, and tried after 1 s, then 2 s.
//
// It counts looks at the stream, not time: while the program stood still nothing
// could come.
type stalledStream struct {
	hops  uint64
	looks int           // without audio
	limit time.Duration // of them; 0: decided with the first
	doubt int           // looks for which reopenSoon is the first limit
	slept time.Duration // how long the machine had been suspended, at the begin of the stream or the last look
}

// begin starts with another stream. What the machine was suspended before it is of no concern.
func (r *stalledStream) begin(hops uint64, slept time.Duration) {
	r.hops, r.looks, r.doubt, r.slept = hops, 0, 0, slept
}

// suspect has a stream that delivers nothing from now on opened again soon.
func (r *stalledStream) suspect() { r.looks, r.limit, r.doubt = 0, 0, int(doubtful/tick) }

// wake is told every tick how long the machine has been suspended so far.
func (r *stalledStream) wake(slept time.Duration) {
	if slept-r.slept >= tick {
		r.suspect()
	}
	r.slept = slept
}

// over is asked every tick. A stream whose device the server has switched off
// has nothing to deliver, and one of a server that stands still goes on with it.
func (r *stalledStream) over(hops uint64, src device.Source, srv device.Server) bool {
	first := reopenFirst
	if r.doubt > 0 {
		r.doubt--
		first = reopenSoon
	}
	if hops != r.hops {
		r.hops, r.looks, r.limit = hops, 0, 0
		return false
	}
	if off, ok := src.(audioio.Suspender); ok && off.Suspended() {
		r.looks = 0
		return false
	}
	r.looks++
	if r.limit == 0 {
		r.limit = first
	}
	if time.Duration(r.looks)*tick < r.limit {
		return false
	}
	r.looks = 0
	r.limit = min(2*r.limit, reopenMost)
	_, err := srv.Devices()
	return err == nil
}
