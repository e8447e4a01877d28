package audioio

import "context"

// SpeakerOpener is an audio system that can publish a virtual output.
type SpeakerOpener interface {
	// OpenSpeaker publishes it, or takes over the one that an earlier process left.
	OpenSpeaker(ctx context.Context) (Speaker, error)
}

// Speaker is a virtual output: programs play into it, and who has opened it plays that on a real
// one. One goroutine uses it.
type Speaker interface {
	// News has a token when Look may find something else.
	News() <-chan struct{}
	// Done is closed when the server is gone.
	Done() <-chan struct{}
	// Look finds out who plays, and the output to play on: the one called device or, where that is
	// "" or not there, the default output, or the last real one where the default is a virtual
	// output of ours. Volume keys that act on the virtual output are passed on to that one.
	// It returns ErrDeviceGone when the virtual output was removed.
	Look(device string) (SpeakerView, error)
	// Stream begins to play on an output.
	Stream(output string) (SpeakerStream, error)
	// Close takes the virtual output away; the server moves programs to the default output.
	Close() error
}

// SpeakerView is how a virtual output stands.
type SpeakerView struct {
	Playing int      // programs that play into it now
	Apps    []string // their names
	Output  Output   // to play on; no name: there is none
	Cable   string   // input that stands for the virtual output: programs play into its other end; "": it is ours
	Loop    string   // description of an output that was left out, since it plays into ours; "": none
}

// SpeakerStream carries 10 ms of two channels at a time. One goroutine calls its methods, and
// they allocate nothing; Close may be called from any other, and wakes a Read.
type SpeakerStream interface {
	// OwnThread is called before the first Read by a goroutine with a thread of its own.
	OwnThread()
	// Read waits for what programs play. It fails when the output is gone, too: what waits for that
	// leaves no room to write, which would tell.
	Read(left, right *Block) error
	// Waiting returns how many samples a channel wait to be read beyond that.
	Waiting() int
	// Fill tells how many samples a channel wait to be played, and how many are to when a hop comes.
	Fill() Fill
	// Write plays samples, as many of both channels, MaxSamples at most.
	Write(left, right []float32) error
	// Stats counts what was dropped and how often the output ran dry.
	Stats() SinkStats
	// Close ends the stream.
	Close() error
}

// OutputLister is a server that knows its outputs.
type OutputLister interface {
	// Outputs lists those that can be played on, the virtual ones of ours left out.
	Outputs() ([]Output, error)
}
