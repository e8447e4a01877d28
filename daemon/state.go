package daemon

import "github.com/stillmic/stillmic/daemon/control"

// What the control API tells about the daemon.
type (
	State     = control.State
	Status    = control.Status
	Latency   = control.Latency
	Quantiles = control.Quantiles
)

// The states.
const (
	Starting         = control.Starting
	WaitingForServer = control.WaitingForServer
	WaitingForDevice = control.WaitingForDevice
	Running          = control.Running
	Suspended        = control.Suspended
	Degraded         = control.Degraded
	Stopping         = control.Stopping
)
