//go:build !portaudio

package audioio

import "errors"

// errNoPortAudio is the answer of a program built without the library.
var errNoPortAudio = errors.New("built without PortAudio; rebuild with -tags portaudio (needs cgo and libportaudio)")

// PortAudio is the back end for systems without a pulse server; this program
// was built without it.
type PortAudio struct{}

// PortSource records a device through PortAudio.
type PortSource struct{}

// PortSink plays into a device through PortAudio.
type PortSink struct{}

// OpenPortAudio fails: the program was built without the library.
func OpenPortAudio() (*PortAudio, error) { return nil, errNoPortAudio }

// Close does nothing.
func (*PortAudio) Close() error { return nil }

// Devices fails, as OpenPortAudio does.
func (*PortAudio) Devices() ([]Device, error) { return nil, errNoPortAudio }

// Outputs fails, as OpenPortAudio does.
func (*PortAudio) Outputs() ([]Device, error) { return nil, errNoPortAudio }

// OpenSource fails, as OpenPortAudio does.
func (*PortAudio) OpenSource(string) (*PortSource, error) { return nil, errNoPortAudio }

// OpenSink fails, as OpenPortAudio does.
func (*PortAudio) OpenSink(string) (*PortSink, error) { return nil, errNoPortAudio }

// ReadBlock implements Source.
func (*PortSource) ReadBlock(*Block) error { return errNoPortAudio }

// Dropped returns 0.
func (*PortSource) Dropped() uint64 { return 0 }

// Close implements Source.
func (*PortSource) Close() error { return nil }

// WriteBlock implements Sink.
func (*PortSink) WriteBlock(*Block) error { return errNoPortAudio }

// WriteSamples implements SampleSink.
func (*PortSink) WriteSamples([]float32) error { return errNoPortAudio }

// Fill implements Sink.
func (*PortSink) Fill() Fill { return Fill{} }

// Stats returns zeros.
func (*PortSink) Stats() SinkStats { return SinkStats{} }

// Close implements Sink.
func (*PortSink) Close() error { return nil }
