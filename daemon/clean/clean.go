// Package clean removes noise from recordings: the same suppressor as the live
// microphone, one for each channel, over files of any rate and length in
// constant memory. The result is exactly as long as the recording and lies on
// it to the sample.
package clean

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/recording"
	"github.com/stillmic/stillmic/daemon/picture"
)

// Options says how recordings are cleaned.
type Options struct {
	// NewProcessor makes what treats the channels of a recording; recordedAt is the rate
	// in Hz of one to be widened, else 0.
	NewProcessor func(channels, recordedAt int) (recording.Processor, error)

	// Widen gives recordings of up to model.WidenRate a rate of 48 kHz, and has
	// their upper band guessed.
	Widen bool

	// Loudness is what the result is brought to, in LUFS; 0 leaves it. Nothing but speech
	// is made louder: a recording in which nobody speaks stays as soft as it is.
	Loudness float64
	// TruePeak is the ceiling of a result brought to a loudness, in dBTP.
	TruePeak float64

	// Force cleans what is there of a truncated or damaged recording.
	Force bool

	// Overwrite replaces outputs that are there; else they are errors.
	Overwrite bool

	// Scratch is a folder for samples that wait until their loudness is known, "" for the
	// output's.
	Scratch string

	// Ready, if not nil, is called when the result is complete and on the disk under a temporary
	// name, which is given, and before it is put in its place. Its error keeps it from that.
	Ready func(r Result, path string) error

	// Progress, if not nil, is told how many frames of how many are done; total
	// is -1 where nobody knows.
	Progress func(done, total int64)
}

// Result says what was done.
type Result struct {
	Input     string    `json:"input"`
	Output    string    `json:"output"`
	Frames    int64     `json:"frames"`
	Seconds   float64   `json:"seconds"`
	Rate      int       `json:"rate"`
	Channels  int       `json:"channels"`
	Widened   int       `json:"widened_from,omitempty"`    // the rate before, Hz
	Clipped   int64     `json:"clipped"`                   // samples cut to full scale
	Replaced  int64     `json:"replaced"`                  // samples that were no numbers
	Truncated bool      `json:"truncated"`                 // the recording lacked its end, or was damaged
	LeftOut   int       `json:"left_out_sounds,omitempty"` // other sound tracks, for which the file has no place
	Covers    int       `json:"left_out_covers,omitempty"` // pictures in it that cannot be read
	Tracks    []Result  `json:"other_tracks,omitempty"`    // other sound tracks, cleaned likewise
	Loudness  *Loudness `json:"loudness,omitempty"`

	Noise  Change  `json:"noise_dbfs"`    // the level of pauses
	LUFS   Change  `json:"loudness_lufs"` // integrated
	Speech float64 `json:"speech_share"`  // of the time, 0 to 1

	// Helpers is the processor time of ffmpeg, for all tracks.
	Helpers time.Duration `json:"-"`

	Took  float64 `json:"took_seconds"`
	Speed float64 `json:"speed"` // times real time
}

// chunk is the number of frames read at once.
const chunk = 4800

// frameSink takes cleaned frames.
type frameSink func(recording.Frames) error

// newCleaner returns what cleans the frames of r.
func newCleaner(r recording.Reader, o Options) (*recording.Cleaner, error) {
	p, err := o.NewProcessor(r.Channels(), recordedAt(r))
	if err != nil {
		return nil, err
	}
	return recording.NewCleaner(r.Rate(), r.Channels(), p)
}

// stream cleans r and hands the frames to sinks. It returns how much it cleaned.
func stream(ctx context.Context, c *recording.Cleaner, r recording.Reader, o Options, sinks []frameSink) (res Result, err error) {
	res.Rate, res.Channels, res.Widened = r.Rate(), r.Channels(), recordedAt(r)
	res.Truncated, err = c.Run(ctx, r, o.Force, func(f recording.Frames) error {
		res.Frames += int64(len(f.Clean) / res.Channels)
		for _, sink := range sinks {
			if err := sink(f); err != nil {
				return err
			}
		}
		return nil
	}, o.Progress)
	res.Replaced = r.Replaced()
	res.Seconds = float64(res.Frames) / float64(res.Rate)
	if errors.Is(err, pcm.ErrTruncated) {
		err = fmt.Errorf("%w; use --force to clean what is there", err)
	}
	return res, err
}

// finished sets what is known at the end.
func (r *Result) finished(since time.Time) {
	r.Took = time.Since(since).Seconds()
	r.Speed = r.Seconds / r.Took
}

// spectrograms draws the recording before and after.
type spectrograms struct {
	picture       *picture.Picture
	before, after *picture.Track
}

func newSpectrograms(rate, channels int) *spectrograms {
	p := picture.New(rate)
	return &spectrograms{picture: p, before: p.Track("before", channels), after: p.Track("after", channels)}
}
