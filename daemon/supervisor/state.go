package supervisor

import (
	"sync/atomic"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/device"
)

// State is what the supervisor is doing, as control.State names it.
type State string

// The states.
const (
	Starting         State = "starting"
	WaitingForServer State = "waiting for server"
	WaitingForDevice State = "waiting for device"
	Running          State = "running"
	Suspended        State = "suspended" // nobody records the virtual microphone, so the real one is closed
	Degraded         State = "degraded"  // audio flows, but not as it should
	Stopping         State = "stopping"
)

// Snapshot is what the supervisor knows at one time; it is replaced as a whole, so that
// no reader sees half of it.
type Snapshot struct {
	State  State
	Reason string // for the state, in words
	Since  time.Time

	Server  string         // "" while there is none
	Source  audioio.Device // the microphone in use, or the one used last
	Live    bool           // it is open
	Sink    string         // name of the virtual microphone, "" while there is none
	Path    string         // the way audio takes to it
	Default string         // the system's default microphone, "" if unknown
	Changes uint64         // of the devices so far
	Counts  Counts

	srv  device.Server // nil while there is none
	sink device.Sink   // nil while there is none
}

// Counts are of what went wrong and right again since the start.
type Counts struct {
	Restarts   uint64 // a suppressor in the place of one that failed
	Recoveries uint64 // audio came back, or as it should be
	Lost       uint64 // microphones that went away while they were recorded
}

// Devices lists what can be recorded. It returns ErrNoServer while there is no server.
func (s Snapshot) Devices() ([]audioio.Device, error) {
	if s.srv == nil {
		return nil, ErrNoServer
	}
	return s.srv.Devices()
}

// Outputs lists what sound can be played on. It returns ErrNoServer while there is no server, or
// one that does not know.
func (s Snapshot) Outputs() ([]audioio.Output, error) {
	l, knows := s.srv.(audioio.OutputLister)
	if !knows {
		return nil, ErrNoServer
	}
	return l.Outputs()
}

// Listeners returns how many programs record the virtual microphone, -1 if that is unknown.
func (s Snapshot) Listeners() int {
	if s.sink == nil {
		return -1
	}
	return s.sink.Listeners()
}

// current is the snapshot as others read it.
type current struct{ p atomic.Pointer[Snapshot] }

func (c *current) load() Snapshot {
	if s := c.p.Load(); s != nil {
		return *s
	}
	return Snapshot{State: Starting}
}
