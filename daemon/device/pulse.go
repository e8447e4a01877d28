package device

import (
	"context"
	"fmt"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pulse"
	"github.com/stillmic/stillmic/daemon/paths"
)

// What these can do beyond the interfaces. Without these lines a slip of the pen in the
// back end would switch a feature off in silence.
var (
	_ audioio.Queuer          = (*pulse.Source)(nil)
	_ audioio.LossCounter     = (*pulse.Source)(nil)
	_ audioio.LatencyReporter = (*pulse.Source)(nil)
	_ audioio.ThreadOwner     = (*pulse.Source)(nil)
	_ audioio.Suspender       = (*pulse.Source)(nil)
	_ audioio.ChannelChooser  = (*pulse.Source)(nil)
	_ audioio.StatsReporter   = pulseSink{}
	_ audioio.Flusher         = pulseSink{}
	_ audioio.Withdrawer      = pulseSink{}
	_ audioio.SampleSink      = pulseSink{}
	_ audioio.Mixer           = pulseServer{}
	_ audioio.OutputLister    = pulseServer{}
)

// Pulse is the Backend for PulseAudio and PipeWire.
type Pulse struct {
	Server  string               // address, "" for the user's own
	Publish pulse.PublishOptions // Dir "" means RuntimeDir
	Callers *pulse.Callers       // over all connections; nil: over one
	Outputs *pulse.Outputs       // likewise
}

var _ audioio.SpeakerOpener = Pulse{}

// OpenSpeaker implements audioio.SpeakerOpener.
func (b Pulse) OpenSpeaker(ctx context.Context) (audioio.Speaker, error) {
	dir := b.Publish.Dir
	if dir == "" {
		var err error
		if dir, err = paths.RuntimeDir(); err != nil {
			return nil, err
		}
	}
	s, err := pulse.OpenSpeaker(ctx, pulse.Options{Server: b.Server, Outputs: b.Outputs}, b.Publish.Name, dir)
	if err != nil {
		return nil, err // not a nil pointer in an interface
	}
	return s, nil
}

// Dial implements Backend.
func (b Pulse) Dial(ctx context.Context) (Server, error) {
	p, err := pulse.Dial(ctx, pulse.Options{Server: b.Server, Callers: b.Callers, Outputs: b.Outputs})
	if err != nil {
		return nil, err
	}
	return pulseServer{p, b.Publish}, nil
}

type pulseServer struct {
	*pulse.Server
	publish pulse.PublishOptions
}

func (s pulseServer) Describe() string {
	i := s.Server.Info()
	return fmt.Sprintf("%s %s", i.Name, i.Version)
}

func (s pulseServer) OpenSource(name string) (Source, error) {
	src, err := s.Server.OpenSource(name)
	if err != nil {
		return nil, err // not a nil pointer in an interface
	}
	return src, nil
}

func (s pulseServer) Publish() (Sink, error) {
	o := s.publish
	if o.Dir == "" {
		var err error
		if o.Dir, err = paths.RuntimeDir(); err != nil {
			return nil, err
		}
	}
	m, err := s.Server.Publish(o)
	if err != nil {
		return nil, err
	}
	return pulseSink{m}, nil
}

type pulseSink struct{ *pulse.VirtualMic }

func (s pulseSink) Describe() string { return s.Path().String() }
