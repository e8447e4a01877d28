// Package audioio carries audio between the outside world and the engine.
//
// Everything live is 48 kHz mono float32 in blocks of 480 samples (10 ms). A
// back end turns whatever a device or a sound server offers into that one
// shape, as a [Source] (audio comes in) or a [Sink] (audio goes out):
//
//   - pulse: PulseAudio, and PipeWire through its pulse server (pure Go)
//   - portaudio: any other system, behind the build tag portaudio (cgo)
//
// Recordings are another matter: package recording reads and writes them as they
// are, at any rate and with any number of channels, with a package for each format.
//
// The package knows no signal processing beyond what a format demands, and
// never retries: it reports what went wrong, and the daemon decides.
package audioio

import "errors"

const (
	// SampleRate is the only rate inside stillmic, in Hz.
	SampleRate = 48000

	// BlockSize is the number of samples in a Block: 10 ms at SampleRate.
	BlockSize = 480

	// MaxSamples is the most a SampleSink takes at once: a block at another rate.
	MaxSamples = BlockSize + 16
)

// Block is 10 ms of mono audio. Full scale is -1 to +1; values beyond are
// allowed between back ends and are clipped only where a format has to.
type Block [BlockSize]float32

// Source delivers audio, one block after another.
//
// One goroutine reads; Close may be called from any other, once or more often,
// and wakes a blocked ReadBlock.
type Source interface {
	// ReadBlock blocks until 480 samples are there and fills b with them.
	// It returns io.EOF at the end of a file, ErrDeviceGone or ErrServerGone
	// when a live source went away, and ErrClosed after Close. A file's last
	// partial block is filled up with silence and returned without error.
	ReadBlock(b *Block) error

	// Close stops the source and frees what it holds.
	Close() error
}

// Sink takes audio, one block after another.
//
// One goroutine writes; Fill and Close may be called from any other.
type Sink interface {
	// WriteBlock hands b over. It never blocks for long: a live sink whose
	// buffer is full drops the oldest audio it holds.
	WriteBlock(b *Block) error

	// Fill says how much audio is waiting; the daemon matches clocks with it.
	Fill() Fill

	// Close stops the sink and frees what it holds.
	Close() error
}

// SampleSink is a Sink that also takes a few samples more or less than a block,
// MaxSamples at most. A sink with a clock of its own should be one: to match two
// clocks means to make 479 or 481 samples of a block.
type SampleSink interface {
	Sink

	// WriteSamples is WriteBlock for any number of samples.
	WriteSamples(p []float32) error
}

// Fill is the state of a sink's buffer.
type Fill struct {
	// Queued is the number of samples handed over and not yet taken.
	Queued int

	// Wanted is how much is to be queued, in samples, where the sink takes audio
	// at a clock of its own, so that Queued drifts when the source's clock
	// differs. It is 0 where the writer sets the pace (a pipe source, a file).
	Wanted int
}

// Device is something that can be recorded from.
type Device struct {
	Name        string `json:"name"`        // stable, what the back end opens
	Description string `json:"description"` // for people
	Monitor     bool   `json:"monitor"`     // records what an output plays
	Default     bool   `json:"default"`     // the system's default microphone
	Virtual     bool   `json:"virtual"`     // made by software, ours included
	Rate        int    `json:"rate"`        // native rate in Hz, 0 if unknown
	Channels    int    `json:"channels"`    // native channels, 0 if unknown

	// Loop is the module or program by which the virtual microphone's audio gets into this
	// device, so that it must not be recorded; "" for none.
	Loop string `json:"loop,omitempty"`

	Bus        string `json:"bus,omitempty"`         // how it is attached: "usb", "bluetooth", "pci"
	FormFactor string `json:"form_factor,omitempty"` // what it is: "headset", "webcam", "internal"
}

// What can go wrong, to be compared with errors.Is. Back ends wrap these with
// the operation and the name of the device or file.
var (
	// ErrNoServer: no sound server answers, so there are no devices at all.
	ErrNoServer = errors.New("no sound server")

	// ErrNoDevice: the server answers, but has no such device, or no
	// microphone at all.
	ErrNoDevice = errors.New("no such device")

	// ErrNoCable: a virtual cable is needed for that, and none is set.
	ErrNoCable = errors.New("no virtual cable")

	// ErrDeviceGone: the device was there and vanished (unplugged, removed).
	ErrDeviceGone = errors.New("device gone")

	// ErrServerGone: the connection to the sound server was lost.
	ErrServerGone = errors.New("sound server gone")

	// ErrClosed: the source or sink was closed by its owner.
	ErrClosed = errors.New("closed")
)
