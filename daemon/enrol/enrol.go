// Package enrol makes the print of a voice out of recordings, and keeps it.
package enrol

import (
	"context"
	"errors"
	"fmt"

	"github.com/stillmic/stillmic/audioio/printable"
	"github.com/stillmic/stillmic/audioio/recording"
	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model"
	"github.com/stillmic/stillmic/model/voiceprint"
)

// From makes the print of the one person who speaks in some recordings, "-" for the standard
// input. They are cleaned by the network w first, their channels mixed.
func From(ctx context.Context, w *model.Weights, files []string) (*voiceprint.Print, error) {
	e, err := voiceprint.NewEnrolment()
	if err != nil {
		return nil, err
	}
	for _, path := range files {
		e.Next()
		if err := hear(ctx, w, e, path); err != nil {
			return nil, err
		}
	}
	p, err := e.Print()
	if errors.Is(err, voiceprint.ErrTooLittle) {
		return nil, fmt.Errorf("only %.1f s of speech: at least %.0f s are needed, %.0f s are good; name more recordings",
			e.Seconds(), voiceprint.LeastSeconds, voiceprint.GoodSeconds)
	}
	return p, err
}

// hear has e hear a recording.
func hear(ctx context.Context, w *model.Weights, e *voiceprint.Enrolment, path string) (err error) {
	r, err := recording.OpenInput(ctx, path)
	if err != nil {
		return fmt.Errorf("cannot enrol: %w", err) // it names the file
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	inner, err := recording.NewProcessor(w, r.Channels(), recording.ProcessorOptions{Strength: allNoise})
	if err != nil {
		return err
	}
	c, err := recording.NewCleaner(r.Rate(), r.Channels(), &ear{Processor: inner, enrolment: e})
	if err != nil {
		return fmt.Errorf("cannot read %s: %w", printable.Text(path), err)
	}
	if _, err = c.Run(ctx, r, true, func(recording.Frames) error { return nil }, nil); err != nil {
		return fmt.Errorf("cannot read %s: %w", printable.Text(path), err)
	}
	return nil
}

// allNoise is a strength that leaves no noise, in dB.
const allNoise = 100

// ear has an enrolment hear what comes out of a processor.
type ear struct {
	recording.Processor
	enrolment *voiceprint.Enrolment
	mono      [dsp.Hop]float32
}

// Process implements recording.Processor.
func (e *ear) Process(dst, src [][]float32) {
	e.Processor.Process(dst, src)
	clear(e.mono[:])
	speech := float32(0)
	for c, hop := range dst {
		speech = max(speech, e.Speech(c))
		for i, v := range hop {
			e.mono[i] += v / float32(len(dst))
		}
	}
	e.enrolment.Hear(e.mono[:], speech)
}
