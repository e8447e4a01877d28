package device

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/portaudio"
)

// holdSpeaker is how long the output stays open after the last sound: a cable does not say whether a
// program plays, and of the word that opens it a fifth of a second is lost.
const holdSpeaker = time.Minute

// anewAfter is how long a cable is recorded at least before the library is started anew for the
// microphone, which looks for a device that was plugged in: that interrupts what plays.
const anewAfter = 10 * time.Second

var (
	_ audioio.SpeakerOpener = PortAudio{}
	_ audioio.OutputLister  = (*portServer)(nil)
)

// OpenSpeaker implements audioio.SpeakerOpener: a cable that programs play into stands for the virtual
// output. Its error is audioio.ErrNoCable where none is set, or none that can be used.
func (b PortAudio) OpenSpeaker(context.Context) (audioio.Speaker, error) {
	if b.SpeakerCable == "" {
		return nil, fmt.Errorf("%w that calls play into: install a second one, and name its recording end as speaker.cable in the "+
			"configuration", audioio.ErrNoCable)
	}
	p, err := portaudio.Open()
	if err != nil {
		return nil, err
	}
	s := &portSpeaker{p: p, o: b, hold: holdSpeaker, anew: anewAfter, done: make(chan struct{}), closed: make(chan struct{})}
	if err := s.open(); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return s, nil
}

// open starts to record the cable.
func (s *portSpeaker) open() error {
	outputs, err := s.p.Outputs()
	if err != nil {
		return err
	}
	// Without a cable for the microphone there is none that it could be.
	if own, err := pickCable(outputs, s.o); err == nil && sameCable(own, s.o.SpeakerCable) {
		return fmt.Errorf("%w: speaker.cable %q is the other end of the one that Stillmic Microphone plays into; install a second one",
			audioio.ErrNoCable, s.o.SpeakerCable)
	}
	if s.line, err = s.p.OpenLine(s.o.SpeakerCable); err != nil {
		return fmt.Errorf("speaker.cable: %w", err)
	}
	s.watching.Go(s.watch)
	return nil
}

// portSpeaker is a cable that stands for the virtual output.
type portSpeaker struct {
	p        *portaudio.Library
	o        PortAudio
	line     *portaudio.Line
	hold     time.Duration
	anew     time.Duration
	done     chan struct{} // closed when it is over
	why      error         // that it is; to be read after that
	closed   chan struct{}
	watching sync.WaitGroup
}

// watch notices what nobody tells of, also while nobody plays.
func (s *portSpeaker) watch() {
	t := time.NewTicker(time.Second)
	defer t.Stop()
	for began := time.Now(); ; {
		select {
		case <-s.closed:
			return
		case <-t.C:
		}
		if s.why = s.fault(time.Since(began)); s.why != nil {
			close(s.done)
			return
		}
	}
}

// fault says why a cable that has been recorded for so long is to be opened anew: it has gone, as all
// streams of PortAudio have after a suspend, or the library is held by nobody else, who would find
// other devices. It is nil where there is no reason.
func (s *portSpeaker) fault(since time.Duration) error {
	if err := s.line.Failure(); err != nil {
		return err
	}
	if since > s.anew && s.p.Stale() {
		return fmt.Errorf("PortAudio is started anew, to see other devices: %w", audioio.ErrServerGone)
	}
	return nil
}

// News implements audioio.Speaker.
func (s *portSpeaker) News() <-chan struct{} { return s.line.Heard() }

// Done implements audioio.Speaker.
func (s *portSpeaker) Done() <-chan struct{} { return s.done }

// Look implements audioio.Speaker. Programs have no names here.
func (s *portSpeaker) Look(device string) (v audioio.SpeakerView, err error) {
	select {
	case <-s.done:
		return v, s.why
	default:
	}
	v.Cable = s.o.SpeakerCable
	if s.line.Quiet() < s.hold {
		v.Playing = 1
	}
	list, err := s.p.Outputs()
	if err != nil {
		return v, err
	}
	v.Output, v.Loop = pickOutput(list, device, s.o)
	return v, nil
}

// Stream implements audioio.Speaker.
func (s *portSpeaker) Stream(output string) (audioio.SpeakerStream, error) {
	stream, err := s.p.OpenSpeakerStream(s.line, output)
	if err != nil {
		return nil, err // not a nil pointer in an interface
	}
	return stream, nil
}

// Close implements audioio.Speaker.
func (s *portSpeaker) Close() error {
	close(s.closed)
	s.watching.Wait()
	return errors.Join(s.line.Close(), s.p.Close())
}

// Outputs implements audioio.OutputLister.
func (s *portServer) Outputs() ([]audioio.Output, error) {
	all, err := s.p.Outputs()
	if err != nil {
		return nil, err
	}
	list := []audioio.Output{}
	owns := s.o.own(all)
	for i, d := range all {
		if !owns[i] {
			list = append(list, audioio.Output{Name: d.Name, Description: d.Description})
		}
	}
	return list, nil
}
