package recording

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/stillmic/stillmic/audioio/atomicfile"
	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/model"
)

// ErrNoSamples: a recording that ends after its header.
var ErrNoSamples = errors.New("it holds no samples")

// Options say how Clean removes noise. The zero value removes as much as the best network
// can.
type Options struct {
	Weights *model.Weights // nil: those of model.Default

	// Limit is how far noise may be lowered, in dB; 0: without a limit.
	Limit float32

	// Link gives all channels the same gains, so that voices stay in their places.
	Link bool

	Overwrite bool // out may take the place of a file
	Truncated bool // a recording that lacks its end is cleaned as far as it goes, not an error

	// Progress, if not nil, is told how many frames of how many are done; total is -1
	// where nobody knows.
	Progress func(done, total int64)
}

// Result says what Clean has done.
type Result struct {
	Frames         int64 // samples of every channel
	Rate, Channels int
	Clipped        int64 // samples that were cut to full scale
	Replaced       int64 // samples that were no numbers, and are silence now
	Truncated      bool  // the recording lacked its end
}

// Clean removes the noise from the recording in, a file of any format that Open reads, and
// writes the file out, in the format that its name ends in. That is as long as the
// recording, to the sample, lies on it, and has its rate, channels and metadata. It is not
// there before it is complete, and nothing is left of it after an error. Of several sound
// tracks the first is cleaned, and the others are copied.
//
// The error is one of fs.ErrExist if out is there and must not be replaced, pcm.ErrTruncated
// for a recording that lacks its end, that of ctx, or one of opening, reading and writing.
func Clean(ctx context.Context, in, out string, o Options) (res Result, err error) {
	r, err := Open(in)
	if err != nil {
		return res, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	if _, there := os.Lstat(out); there == nil && !o.Overwrite {
		return res, fmt.Errorf("write %s: %w", out, fs.ErrExist)
	}
	c, err := o.cleaner(r)
	if err != nil {
		return res, err
	}
	f, err := atomicfile.Create(out, o.Overwrite)
	if err != nil {
		return res, err
	}
	if res, err = o.write(ctx, c, r, f, out); err != nil {
		return res, errors.Join(err, f.Discard())
	}
	return res, f.Commit()
}

// cleaner returns what cleans r.
func (o Options) cleaner(r Reader) (_ *Cleaner, err error) {
	w, limit := o.Weights, o.Limit
	if w == nil {
		if w, err = model.Default(); err != nil {
			return nil, err
		}
	}
	if limit == 0 {
		limit = 100
	}
	p, err := NewProcessor(w, r.Channels(), ProcessorOptions{Strength: limit, Link: o.Link})
	if err != nil {
		return nil, err
	}
	return NewCleaner(r.Rate(), r.Channels(), p)
}

// write cleans r into the file f, which will be called out.
func (o Options) write(ctx context.Context, c *Cleaner, r Reader, f *atomicfile.File, out string) (res Result, err error) {
	if err := f.Chmod(0o644); err != nil {
		return res, err
	}
	w, err := NewWriter(f.File, out, r.Format(), r.Metadata())
	if err != nil {
		return res, fmt.Errorf("write %s: %w", out, err)
	}
	if a, ok := w.(Aborter); ok {
		defer a.Abort()
	}
	res = Result{Rate: r.Rate(), Channels: r.Channels()}
	res.Truncated, err = c.Run(ctx, r, o.Truncated, func(f Frames) error {
		res.Frames += int64(len(f.Clean) / r.Channels())
		return w.Write(f.Clean)
	}, o.Progress)
	if err != nil {
		return res, err
	}
	if err := w.Close(); err != nil {
		return res, fmt.Errorf("write %s: %w", out, err)
	}
	res.Clipped, res.Replaced = w.Clipped(), r.Replaced()
	return res, nil
}

// runFrames is how many frames are read at once.
const runFrames = 4800

// Run cleans all of r and hands the frames to sink; progress is as in Options. It reports
// whether the recording lacks its end. It is cleaned as far as it goes, and the error is
// pcm.ErrTruncated then unless allowed is set, as in Options.Truncated. It is ErrNoSamples for
// a recording that has none.
func (c *Cleaner) Run(ctx context.Context, r Reader, allowed bool, sink func(Frames) error,
	progress func(done, total int64)) (truncated bool, err error) {
	in := make([]float32, runFrames*r.Channels())
	frames := int64(0)
	for {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		n, err := r.Read(in)
		if n == 0 {
			if !pcm.IsEnd(err) {
				return false, err
			}
			return c.end(frames, err, allowed, sink)
		}
		if err := sink(c.Process(in[:n*r.Channels()])); err != nil {
			return false, err
		}
		frames += int64(n)
		if progress != nil {
			progress(frames, r.Frames())
		}
	}
}

// end hands out what is left at the end of a recording of so many frames, and judges that end.
func (c *Cleaner) end(frames int64, end error, allowed bool, sink func(Frames) error) (truncated bool, err error) {
	truncated = errors.Is(end, pcm.ErrTruncated)
	if frames > 0 {
		err = sink(c.Flush(frames))
	}
	switch {
	case err != nil:
		return truncated, err
	case truncated && !allowed:
		return true, end
	case frames == 0:
		return truncated, ErrNoSamples
	}
	return truncated, nil
}
