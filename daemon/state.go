package daemon

import (
	"sync/atomic"
	"time"

	"github.com/stillmic/stillmic/audioio"
)

// State is what the daemon is doing.
type State string

// The states. Only the supervisor changes them, and gives a reason each time.
const (
	Starting         State = "starting"
	WaitingForServer State = "waiting for server"
	WaitingForDevice State = "waiting for device"
	Running          State = "running"
	Suspended        State = "suspended" // nobody records, nothing to do
	Degraded         State = "degraded"  // audio flows, but not as it should
	Stopping         State = "stopping"
)

// situation is what the supervisor knows at one time; it is replaced as a
// whole, so that no reader sees half of it.
type situation struct {
	state  State
	reason string
	since  time.Time
	server string
	source audioio.Device
	sink   string
	path   string
	live   bool // a microphone is open
	mic    Sink
}

// current is the situation as others read it.
type current struct{ p atomic.Pointer[situation] }

func (c *current) load() situation {
	if s := c.p.Load(); s != nil {
		return *s
	}
	return situation{state: Starting}
}

// Status is what the daemon tells about itself, in the shape of the control
// API and of "stillmic status --json".
type Status struct {
	State  State   `json:"state"`
	Reason string  `json:"reason"`  // why it is in this state, one sentence
	SinceS float64 `json:"since_s"` // seconds in this state

	Server            string `json:"server"`
	Source            string `json:"source"`
	SourceDescription string `json:"source_description"`
	Sink              string `json:"sink"`
	Path              string `json:"path"` // how audio gets into the sink
	Listeners         int    `json:"listeners"`

	LatencyMS float64   `json:"latency_ms"`
	Latency   Latency   `json:"latency"`
	RingMS    float64   `json:"ring_ms"`
	FrameUS   Quantiles `json:"frame_us"`
	DriftPPM  float64   `json:"drift_ppm"`

	Frames          uint64 `json:"frames"`
	Xruns           uint64 `json:"xruns"`            // audio lost before the engine
	Underruns       uint64 `json:"underruns"`        // the virtual microphone ran dry
	MissedDeadlines uint64 `json:"missed_deadlines"` // hops that took over 10 ms

	Strength          string  `json:"strength"`
	StrengthDB        float64 `json:"strength_db"` // 100: no limit
	Bypass            bool    `json:"bypass"`
	SpeechProbability float64 `json:"speech_probability"`
	InputDB           float64 `json:"input_db"`
	OutputDB          float64 `json:"output_db"`
	NoiseReductionDB  float64 `json:"noise_reduction_db"` // in pauses

	Model      string  `json:"model"`
	Version    string  `json:"version"`
	PID        int     `json:"pid"`
	Scheduling string  `json:"scheduling"`
	UptimeS    float64 `json:"uptime_s"`
}
