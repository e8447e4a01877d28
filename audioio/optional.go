package audioio

import "time"

// What only some sources can do. A back end that claims one of these says so where the
// compiler checks it; see package device of the daemon.
type (
	// Queuer is a Source that holds audio until it is read.
	Queuer interface {
		// Queued returns how many samples wait to be read.
		Queued() int
	}

	// LossCounter is a Source that drops audio which nobody reads in time.
	LossCounter interface {
		// Dropped returns how many samples were dropped so far.
		Dropped() uint64
	}

	// LatencyReporter is a Source that knows how old its audio is when it arrives.
	LatencyReporter interface {
		// Latency asks for that; it may wait for a server.
		Latency() (time.Duration, error)
	}

	// ThreadOwner is a Source that reads in another way where its reader has a thread of
	// its own.
	ThreadOwner interface {
		// OwnThread is called by the reader before its first ReadBlock.
		OwnThread()
	}

	// ChannelChooser is a Source of a device with several channels of which one can be chosen.
	ChannelChooser interface {
		// ChooseChannel has one heard alone, from 1 on; 0 has the channels of the voice found.
		// One that the device does not have is like 0.
		ChooseChannel(channel int)
	}

	// Suspender is a Source whose device the server may switch off.
	Suspender interface {
		// Suspended reports whether it is off, so that nothing comes.
		Suspended() bool
	}
)

// What only some sinks can do.
type (
	// StatsReporter is a Sink that counts what it had to do without.
	StatsReporter interface {
		Stats() SinkStats
	}

	// Flusher is a Sink that can forget what was not taken yet.
	Flusher interface {
		Flush()
	}

	// Withdrawer is a published Sink that may outlive its publisher.
	Withdrawer interface {
		// Withdraw gives the sink up and reports whether it is gone. With end, recordings
		// of it are ended; otherwise they hear silence until it is published again.
		Withdraw(end bool) (gone bool, err error)
	}
)

// Mixer is a server that knows who records, and volumes.
type Mixer interface {
	// Recorders lists the programs that record.
	Recorders() ([]Recorder, error)
	// MoveRecorder has what records, a Recorder's Stream, record the source of a name. Its
	// error is ErrNoDevice if there is no such source, or the stream has ended.
	MoveRecorder(stream, to string) error
	// Level returns how loud a source is set.
	Level(source string) (Level, error)
	// SetVolume sets that; 1 leaves the signal unchanged.
	SetVolume(source string, volume float64) error
}

// Output is where a server plays by default.
type Output struct {
	Name        string `json:"name"`        // on the server; "" where there is none
	Description string `json:"description"` // for people
	Headphones  bool   `json:"headphones"`  // what it plays does not get into a microphone
}

// Reference hears all that the default output plays, whatever becomes that.
type Reference interface {
	// Done is closed when nothing more comes, as after the server is gone.
	Done() <-chan struct{}
	// Close ends it. Nothing is told after that.
	Close() error
}

// ReferenceOpener is a server that can be heard playing.
type ReferenceOpener interface {
	// OpenReference has heard called with samples at 48 kHz, mono, as they are played, and changed
	// with the output they come from, before the first of them. Both are called from one
	// goroutine, and must not wait.
	OpenReference(heard func([]float32), changed func(Output)) (Reference, error)
	// EchoCancelled reports whether the server takes the echo off a microphone already.
	EchoCancelled(source string) (bool, error)
}
