package control

import (
	"fmt"
	"strings"
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

// Status is what the daemon tells about itself.
type Status struct {
	State  State   `json:"state"`
	Reason string  `json:"reason"`  // why it is in this state, one sentence
	SinceS float64 `json:"since_s"` // seconds in this state

	Server            string `json:"server"`
	Source            string `json:"source"` // the microphone in use
	SourceDescription string `json:"source_description"`
	Sink              string `json:"sink"`
	Path              string `json:"path"`      // how audio gets into the sink
	Listeners         int    `json:"listeners"` // programs that record, -1: unknown

	Apps []string `json:"apps"` // their names, where they are known

	RawApps     []string `json:"raw_apps"`     // programs that record a microphone uncleaned, by name
	SourceMuted bool     `json:"source_muted"` // a mixer has muted the microphone in use
	SinkMuted   bool     `json:"sink_muted"`   // a mixer has muted the virtual microphone
	Notices     []string `json:"notices"`      // what a person should know or do, a sentence each

	Device         string `json:"device"`          // the microphone chosen, "": the default
	Channel        int    `json:"channel"`         // of the microphone, chosen; 0: those that the voice is in
	DefaultSource  string `json:"default_source"`  // the system's default microphone, "": unknown
	DevicesChanged uint64 `json:"devices_changed"` // rises with every change of /v1/devices

	LatencyMS float64   `json:"latency_ms"`
	Latency   Latency   `json:"latency"`
	RingMS    float64   `json:"ring_ms"`
	FrameUS   Quantiles `json:"frame_us"`
	DriftPPM  float64   `json:"drift_ppm"`

	Frames          uint64 `json:"frames"`
	Xruns           uint64 `json:"xruns"`            // audio lost before the engine
	Underruns       uint64 `json:"underruns"`        // the virtual microphone ran dry
	Overruns        uint64 `json:"overruns"`         // it did not take audio in time, which was dropped
	MissedDeadlines uint64 `json:"missed_deadlines"` // hops that took over 10 ms

	Restarts    uint64 `json:"restarts"`     // of the suppressor, after it failed
	Recoveries  uint64 `json:"recoveries"`   // audio came back, or as it should be
	LostDevices uint64 `json:"lost_devices"` // microphones that went away while they were recorded

	Strength   string  `json:"strength"`
	StrengthDB float64 `json:"strength_db"` // 100: no limit
	Bypass     bool    `json:"bypass"`
	Mute       bool    `json:"mute"` // the switch; Talk may mute as well
	Talk       Talk    `json:"talk"`
	Silent     bool    `json:"silent"` // muted by either
	Preset     string  `json:"preset"` // "": none, or its voice was changed since
	Voice      Voice   `json:"voice"`
	Rules      string  `json:"rules"` // rules of the configuration in force, in words; "": none

	Echo    Echo    `json:"echo"`
	Focus   Focus   `json:"focus"`
	Speaker Speaker `json:"speaker"`

	SpeechProbability float64 `json:"speech_probability"`
	InputDB           float64 `json:"input_db"`
	VoiceDB           float64 `json:"voice_db"` // speech in the microphone lately, -100: too little was heard
	OutputDB          float64 `json:"output_db"`
	NoiseReductionDB  float64 `json:"noise_reduction_db"` // in pauses

	Model      string        `json:"model"`          // chosen: a built-in network's name or a file
	InUse      string        `json:"model_in_use"`   // a smaller one on battery or, as "none", while the machine is too slow
	Budget     LatencyBudget `json:"latency_budget"` // for the network
	Version    string        `json:"version"`
	Replaced   bool          `json:"replaced"` // another version is installed, and takes over when no app records
	PID        int           `json:"pid"`
	Scheduling string        `json:"scheduling"`
	UptimeS    float64       `json:"uptime_s"`
	CPUPercent float64       `json:"cpu_percent"` // of one core, over the last seconds
	RSSMB      float64       `json:"rss_mb"`      // resident memory, MB of 1,000,000 bytes
	Page       string        `json:"page"`        // address of the web page, "" while it is closed
	PageOff    bool          `json:"page_off"`    // the configuration forbids it
	// ConfigProblem is what is wrong with the configuration, with file and line, while the last good
	// one is used; "": nothing.
	ConfigProblem string `json:"config_problem"`

	Welcome bool `json:"welcome"` // the page is to show how to use the microphone
}

// UsedBy names the programs that record, or how many, "" for none.
func (s Status) UsedBy() string {
	switch n := len(s.Apps); {
	case s.Listeners == 0 || s.Listeners < 0 && n == 0:
		return ""
	case n == 0 && s.Listeners == 1:
		return "1 app"
	case n == 0:
		return fmt.Sprintf("%d apps", s.Listeners)
	case n <= 2:
		return strings.Join(s.Apps, " and ")
	default:
		return fmt.Sprintf("%d apps", n)
	}
}

// Latency is where the delay comes from.
type Latency struct {
	CaptureMS   float64 `json:"capture_ms"`   // in the sound server and the device
	RingMS      float64 `json:"ring_ms"`      // waiting for the engine
	AlgorithmMS float64 `json:"algorithm_ms"` // analysis and synthesis
	SinkMS      float64 `json:"sink_ms"`      // waiting in the virtual microphone
}

// Total adds it up.
func (l Latency) Total() float64 { return l.CaptureMS + l.RingMS + l.AlgorithmMS + l.SinkMS }

// Quantiles are times in microseconds.
type Quantiles struct {
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p999"` // 99.9 %
	Max  float64 `json:"max"`
}
