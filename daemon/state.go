package daemon

import (
	"sync/atomic"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/device"
)

// What the control API tells about the daemon.
type (
	State     = control.State
	Status    = control.Status
	Latency   = control.Latency
	Quantiles = control.Quantiles
)

// The states, as the supervisor uses them.
const (
	Starting         = control.Starting
	WaitingForServer = control.WaitingForServer
	WaitingForDevice = control.WaitingForDevice
	Running          = control.Running
	Suspended        = control.Suspended
	Degraded         = control.Degraded
	Stopping         = control.Stopping
)

// situation is what the supervisor knows at one time; it is replaced as a
// whole, so that no reader sees half of it.
type situation struct {
	state  State
	reason string
	since  time.Time
	server string
	srv    device.Server // nil while there is none
	source audioio.Device
	sink   string
	path   string
	live   bool   // a microphone is open
	normal string // the system's default microphone, "" if unknown
	change uint64 // counts changes of the devices
	mic    device.Sink
}

// current is the situation as others read it.
type current struct{ p atomic.Pointer[situation] }

func (c *current) load() situation {
	if s := c.p.Load(); s != nil {
		return *s
	}
	return situation{state: Starting}
}
