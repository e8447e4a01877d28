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
	// NewBank makes what treats the channels of a recording; recordedAt is the rate
	// in Hz of one to be widened, else 0.
	NewBank func(channels, recordedAt int) (Bank, error)

	// Widen gives recordings of up to model.WidenRate a rate of 48 kHz, and has
	// their upper band guessed.
	Widen bool

	// Loudness is what the result is brought to, in LUFS; 0 leaves it. Where somebody
	// speaks in it, nothing else is made louder.
	Loudness float64
	// VoiceOnly leaves a recording in which nobody speaks as loud as it is.
	VoiceOnly bool
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
	Tracks    []Result  `json:"other_tracks,omitempty"`    // other sound tracks, cleaned likewise
	Loudness  *Loudness `json:"loudness,omitempty"`

	Noise  Change  `json:"noise_dbfs"`    // the level of pauses
	LUFS   Change  `json:"loudness_lufs"` // integrated
	Speech float64 `json:"speech_share"`  // of the time, 0 to 1

	Took  float64 `json:"took_seconds"`
	Speed float64 `json:"speed"` // times real time
}

// chunk is the number of frames read at once.
const chunk = 4800

// taker takes cleaned frames.
type taker func(taken) error

// newStream returns what cleans the frames of r, also with levelling left aside if even
// says so.
func newStream(r recording.Reader, o Options, even bool) (*cleaner, error) {
	b, err := o.NewBank(r.Channels(), recordedAt(r))
	if err != nil {
		return nil, err
	}
	return newCleaner(r.Rate(), r.Channels(), b, even)
}

// stream cleans r and hands the frames to take. It returns how much it cleaned.
func (c *cleaner) stream(ctx context.Context, r recording.Reader, o Options, take taker) (res Result, err error) {
	res.Rate, res.Channels, res.Widened = r.Rate(), r.Channels(), recordedAt(r)
	in := make([]float32, chunk*r.Channels())
	for {
		if err := ctx.Err(); err != nil {
			return res, err
		}
		n, err := r.Read(in)
		if n == 0 {
			if err := end(&res, r, o, err); err != nil {
				return res, err
			}
			return res, take(c.flush(res.Frames))
		}
		if err := take(c.process(in[:n*r.Channels()])); err != nil {
			return res, err
		}
		res.Frames += int64(n)
		if o.Progress != nil {
			o.Progress(res.Frames, r.Frames())
		}
	}
}

// end judges how a recording ended.
func end(res *Result, r recording.Reader, o Options, err error) error {
	res.Truncated = errors.Is(err, pcm.ErrTruncated)
	res.Replaced = r.Replaced()
	res.Seconds = float64(res.Frames) / float64(res.Rate)
	switch {
	case res.Truncated && !o.Force:
		return fmt.Errorf("%w; use --force to clean what is there", err)
	case !pcm.IsEnd(err):
		return err
	case res.Frames == 0:
		return errNoSamples
	}
	return nil
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
