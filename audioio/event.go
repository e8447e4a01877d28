package audioio

// EventKind is what happened on the sound server.
type EventKind int

// The kinds of event.
const (
	// EventDeviceAdded: a device can now be recorded.
	EventDeviceAdded EventKind = iota + 1
	// EventDeviceRemoved: a device is gone.
	EventDeviceRemoved
	// EventDeviceChanged: a device's description or format is another.
	EventDeviceChanged
	// EventDefaultChanged: another device is the default; Device is the new
	// one, with an empty name when there is none.
	EventDefaultChanged
	// EventLevelChanged: a device's volume or mute is another.
	EventLevelChanged
	// EventListenersChanged: another number of programs records the virtual microphone, or
	// others record something else.
	EventListenersChanged
	// EventServerGone: the connection was lost; the last event.
	EventServerGone
)

// String returns the kind in words.
func (k EventKind) String() string {
	switch k {
	case EventDeviceAdded:
		return "device added"
	case EventDeviceRemoved:
		return "device removed"
	case EventDeviceChanged:
		return "device changed"
	case EventDefaultChanged:
		return "default changed"
	case EventLevelChanged:
		return "level changed"
	case EventListenersChanged:
		return "listeners changed"
	case EventServerGone:
		return "server gone"
	}
	return "unknown event"
}

// Event is one change on the sound server.
type Event struct {
	Kind   EventKind
	Device Device // the device it is about, if any
}

// Level is how loud a device is set.
type Level struct {
	Volume float64 // of the loudest channel; 1 leaves the level unchanged, the scale of mixers (cubic)
	Muted  bool
}

// SinkStats counts what a live sink had to do without.
type SinkStats struct {
	// Dropped is the number of samples thrown away because the server, which somebody
	// listens to, did not take them in time.
	Dropped uint64
	// Underruns is how often the server ran out of audio.
	Underruns uint64
}

// Recorder is an application that records a device.
type Recorder struct {
	Application string // its name for people, "" if it gives none
	Program     string // the file that runs, "" if it does not say
	Stream      string // what MoveRecorder takes, "" for what cannot be moved
	Source      string // name of the device
	Description string // of the device, for people
	Stillmic    bool   // stillmic itself
	Raw         bool   // what it records is a microphone that stillmic has not cleaned
}
