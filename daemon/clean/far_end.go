package clean

import (
	"context"
	"errors"
	"fmt"

	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/printable"
	"github.com/stillmic/stillmic/audioio/recording"
	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/dsp/echo"
)

// farAhead is how much of the far end the cancellers get before the microphone's first sample, in
// samples: a clock that runs 400 parts per million slower needs less in 20 minutes.
const farAhead = dsp.SampleRate / 2

// farEnd is what the loudspeaker played while a recording was made: one signal at 48 kHz, silence
// once it has ended.
type farEnd struct {
	path     string
	r        recording.Reader
	up       *dsp.RateConverter
	in, mono []float32 // frames as they are read, and the mean of their channels
	fine     []float32 // at 48 kHz, not yet taken
	over     bool
	err      error // why it could not be read to its end
}

// openFarEnd opens the recording of the far end. A pipe is not waited for once ctx has ended.
func openFarEnd(ctx context.Context, path string) (*farEnd, error) {
	if path == "-" {
		path = "./-" // the file: the standard input is the recording's
	}
	r, err := recording.OpenInput(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("--far-end: %w%s", safe(path, err), hint(err))
	}
	f := &farEnd{path: path, r: r, in: make([]float32, chunk*r.Channels())}
	if f.up, err = dsp.NewRateConverter(r.Rate(), dsp.SampleRate); err != nil {
		return nil, errors.Join(f.named(err), r.Close())
	}
	return f, nil
}

// close gives the file back, and returns why its end is missing, if it is.
func (f *farEnd) close() error { return errors.Join(f.err, f.r.Close()) }

func (f *farEnd) named(err error) error {
	return fmt.Errorf("--far-end: cannot read %s: %w", printable.Text(f.path), err)
}

// read appends the next n samples to dst.
func (f *farEnd) read(dst []float32, n int) []float32 {
	for len(f.fine) < n {
		f.more()
	}
	dst = append(dst, f.fine[:n]...)
	f.fine = f.fine[:copy(f.fine, f.fine[n:])]
	return dst
}

// more converts the next frames.
func (f *farEnd) more() {
	if f.over {
		f.fine = append(f.fine, f.in[:cap(f.in)]...) // zeros
		return
	}
	n, err := f.r.Read(f.in)
	if n == 0 {
		f.over = true
		f.fine = f.up.Flush(f.fine)
		clear(f.in)
		if !pcm.IsEnd(err) && !errors.Is(err, context.Canceled) { // who has stopped it knows
			f.err = f.named(err)
		}
		return
	}
	channels := f.r.Channels()
	f.mono = f.mono[:0]
	for i := range n {
		sum := float32(0)
		for _, v := range f.in[i*channels:][:channels] {
			sum += v
		}
		f.mono = append(f.mono, sum/float32(channels))
	}
	f.fine = f.up.Convert(f.fine, f.mono)
}

// newProcessor makes what treats the channels of a recording, see Options.
type newProcessor func(channels, recordedAt int) (recording.Processor, error)

// before returns what makes processors that take off the echo first.
func (f *farEnd) before(next newProcessor) newProcessor {
	return func(channels, recordedAt int) (recording.Processor, error) {
		p, err := next(channels, recordedAt)
		if err != nil {
			return nil, err
		}
		e := &echoProcessor{Processor: p, far: f}
		for range channels {
			e.cancellers = append(e.cancellers, echo.New())
		}
		e.play(farAhead)
		return e, nil
	}
}

// echoProcessor takes the echo of the far end off every channel before another processor has it.
type echoProcessor struct {
	recording.Processor
	far        *farEnd
	cancellers []*echo.Canceller
	played     []float32
}

// play gives the cancellers the next n samples of the far end.
func (e *echoProcessor) play(n int) {
	e.played = e.far.read(e.played[:0], n)
	for _, c := range e.cancellers {
		c.Play(e.played)
	}
}

// Process implements recording.Processor.
func (e *echoProcessor) Process(dst, src [][]float32) {
	e.play(dsp.Hop)
	for i, c := range e.cancellers {
		c.Process(src[i], src[i])
	}
	e.Processor.Process(dst, src)
}
