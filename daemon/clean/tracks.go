package clean

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/stillmic/stillmic/audioio/atomicfile"
	"github.com/stillmic/stillmic/audioio/metadata"
	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/recording"
	"github.com/stillmic/stillmic/audioio/wav"
)

// tracks are the sounds of a recording beside the first, those of a meeting recorder for
// example. They are cleaned into files of their own, from which the output is put together.
type tracks struct {
	job     Job
	options Options
	damaged bool // the recording is
	temp    []*os.File
	files   []metadata.Track
	results []Result
}

// clean cleans a number of other tracks.
func (t *tracks) clean(ctx context.Context, others int) error {
	tell := t.options.Progress
	defer func() { t.options.Progress = tell }()
	for n := range others {
		t.options.Progress = part(tell, n, others+1)
		if err := t.one(ctx, n+1); err != nil {
			return err
		}
	}
	return nil
}

// one cleans the n-th track, counted from 0.
func (t *tracks) one(ctx context.Context, n int) (err error) {
	r, err := recording.OpenTrack(t.job.In, n, t.damaged)
	if err != nil {
		return fmt.Errorf("cannot clean: %w", safe(t.job.In, err))
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	if t.options.Widen {
		if r, err = widen(r); err != nil {
			return named(t.job.In, err)
		}
	}
	out := atomicfile.Target(t.job.Out)
	file, err := atomicfile.Temp(filepath.Dir(out), filepath.Base(out), ".track.wav")
	if err != nil {
		return cannot("write", out, err)
	}
	t.temp = append(t.temp, file)
	f := r.Format()
	f.Encoding = pcm.Float32 // what is beyond full scale is for the output to judge
	w, err := wav.NewWriter(file, f, metadata.Metadata{})
	if err != nil {
		return cannot("write", file.Name(), err)
	}
	o := &outputs{files: []*output{{file: file, target: file.Name()}}, writers: []recording.Writer{w}}
	opt := t.options
	if opt.Scratch == "" {
		opt.Scratch = filepath.Dir(out)
	}
	res, err := o.run(ctx, Job{In: t.job.In, Out: file.Name()}, r, opt)
	if err != nil {
		return err
	}
	t.results = append(t.results, res)
	t.files = append(t.files, metadata.Track{Path: file.Name(), Rate: f.Rate, Channels: f.Channels, Frames: res.Frames})
	return nil
}

// progress is what the first track tells, which is the last that is cleaned.
func (t *tracks) progress(others int) func(done, total int64) {
	return part(t.options.Progress, others, others+1)
}

// steps are how many each of several parts of a work is told to have.
const steps = 10_000

// part is the n-th of several parts of a work; nil if nobody is told.
func part(tell func(done, total int64), n, of int) func(done, total int64) {
	if tell == nil || of == 1 {
		return tell
	}
	return func(done, total int64) {
		if total > 0 {
			tell(int64(n)*steps+done*steps/total, int64(of)*steps)
		}
	}
}

// remove takes the files away.
func (t *tracks) remove() error {
	var errs []error
	for _, f := range t.temp {
		errs = append(errs, f.Close(), os.Remove(f.Name()))
	}
	return errors.Join(errs...)
}
