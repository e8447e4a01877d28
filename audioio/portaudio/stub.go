//go:build !portaudio

// Package portaudio reaches the devices of any system through PortAudio. It needs the build
// tag portaudio, and cgo; this program was built without.
package portaudio

import (
	"errors"
	"time"

	"github.com/stillmic/stillmic/audioio"
)

// errNotBuilt is the answer of a program built without the library.
var errNotBuilt = errors.New("built without PortAudio; rebuild with -tags portaudio (needs cgo and libportaudio)")

// Library is the back end for systems without a pulse server; this program
// was built without it.
type Library struct{}

// Source records a device through Library.
type Source struct{}

// Sink plays into a device through Library.
type Sink struct{}

// Line records a device in stereo through Library.
type Line struct{}

// SpeakerStream reads a Line and plays on a device.
type SpeakerStream struct{ audioio.SpeakerStream }

// Open fails: the program was built without the library.
func Open() (*Library, error) { return nil, errNotBuilt }

// Close does nothing.
func (*Library) Close() error { return nil }

// Devices fails, as Open does.
func (*Library) Devices() ([]audioio.Device, error) { return nil, errNotBuilt }

// Outputs fails, as Open does.
func (*Library) Outputs() ([]audioio.Device, error) { return nil, errNotBuilt }

// OpenSource fails, as Open does.
func (*Library) OpenSource(string) (*Source, error) { return nil, errNotBuilt }

// OpenSink fails, as Open does.
func (*Library) OpenSink(string) (*Sink, error) { return nil, errNotBuilt }

// Stale returns false.
func (*Library) Stale() bool { return false }

// OpenLine fails, as Open does.
func (*Library) OpenLine(string) (*Line, error) { return nil, errNotBuilt }

// OpenSpeakerStream fails, as Open does.
func (*Library) OpenSpeakerStream(*Line, string) (*SpeakerStream, error) { return nil, errNotBuilt }

// Heard returns nil.
func (*Line) Heard() <-chan struct{} { return nil }

// Quiet returns 0.
func (*Line) Quiet() time.Duration { return 0 }

// Failure returns the error of Open.
func (*Line) Failure() error { return errNotBuilt }

// Close does nothing.
func (*Line) Close() error { return nil }

// ReadBlock implements Source.
func (*Source) ReadBlock(*audioio.Block) error { return errNotBuilt }

// Dropped returns 0.
func (*Source) Dropped() uint64 { return 0 }

// Close implements Source.
func (*Source) Close() error { return nil }

// WriteBlock implements Sink.
func (*Sink) WriteBlock(*audioio.Block) error { return errNotBuilt }

// WriteSamples implements SampleSink.
func (*Sink) WriteSamples([]float32) error { return errNotBuilt }

// Fill implements Sink.
func (*Sink) Fill() audioio.Fill { return audioio.Fill{} }

// Stats returns zeros.
func (*Sink) Stats() audioio.SinkStats { return audioio.SinkStats{} }

// Close implements Sink.
func (*Sink) Close() error { return nil }
