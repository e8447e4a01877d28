package daemon

import (
	"time"

	"github.com/stillmic/stillmic/daemon/device"
)

const (
	revivalFirst = 10 * time.Second
	revivalMost  = 5 * time.Minute
)

// revival ends a stream that was opened and delivers nothing: a server may
// forget to connect it to the device, and opened again it is. That is tried after
// 10 s without audio, then 20 s and so on, so that a microphone which really is
// silent is left alone for most of the time.
//
// It counts looks at the stream, not time: while the program stood still nothing
// could come.
type revival struct {
	frames uint64
	looks  int // without audio
	limit  time.Duration
}

// begin starts with another stream.
func (r *revival) begin(frames uint64) { r.frames, r.looks = frames, 0 }

// over is asked every tick. A stream whose device the server has switched off
// has nothing to deliver, and one of a server that stands still goes on with it.
func (r *revival) over(frames uint64, src device.Source, srv device.Server) bool {
	if frames != r.frames {
		*r = revival{frames: frames}
		return false
	}
	if off, ok := src.(interface{ Suspended() bool }); ok && off.Suspended() {
		r.looks = 0
		return false
	}
	r.looks++
	r.limit = max(r.limit, revivalFirst)
	if time.Duration(r.looks)*tick < r.limit {
		return false
	}
	r.looks = 0
	r.limit = min(2*r.limit, revivalMost)
	_, err := srv.Devices()
	return err == nil
}
