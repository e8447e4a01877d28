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
// input, and says how good it is. They are cleaned by the network w first, their channels mixed.
func From(ctx context.Context, w *model.Weights, files []string) (*voiceprint.Print, Result, error) {
	e, err := voiceprint.NewEnrolment()
	if err != nil {
		return nil, Result{}, err
	}
	heard := &ear{enrolment: e, levels: new(levels)}
	for _, path := range files {
		e.Next()
		if err := hear(ctx, w, heard, path); err != nil {
			return nil, Result{}, err
		}
	}
	return heard.judge("name more recordings, made nearer to the microphone or in a quieter place")
}

// hear has an ear hear a recording.
func hear(ctx context.Context, w *model.Weights, e *ear, path string) (err error) {
	r, err := recording.OpenInput(ctx, path)
	if err != nil {
		return fmt.Errorf("cannot enrol: %w", err) // it names the file
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	if e.Processor, err = recording.NewProcessor(w, r.Channels(), recording.ProcessorOptions{Strength: allNoise}); err != nil {
		return err
	}
	c, err := recording.NewCleaner(r.Rate(), r.Channels(), e)
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

// ear has an enrolment hear what comes out of a processor, and measures what goes into it.
type ear struct {
	recording.Processor
	enrolment *voiceprint.Enrolment
	levels    *levels
	mono      [dsp.Hop]float32
}

// Process implements recording.Processor.
func (e *ear) Process(dst, src [][]float32) {
	before := 0.0
	for _, hop := range src {
		before += meanSquare(hop) / float64(len(src))
	}
	e.Processor.Process(dst, src)
	clear(e.mono[:])
	speech := float32(0)
	for c, hop := range dst {
		speech = max(speech, e.Speech(c))
		for i, v := range hop {
			e.mono[i] += v / float32(len(dst))
		}
	}
	e.levels.add(before, speech)
	e.enrolment.Hear(e.mono[:], speech)
}
