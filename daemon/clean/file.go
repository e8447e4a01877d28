package clean

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/printable"
	"github.com/stillmic/stillmic/audioio/recording"
)

// Job is one recording to clean. "-" is the standard input or output.
type Job struct {
	In, Out  string
	Residual string // where to write what was removed, "" for nowhere
	Picture  string // where to draw spectrograms of before and after
	FarEnd   string // what a loudspeaker played meanwhile, whose echo goes; "" for nothing

	inPlace bool // Out is the recording, and is replaced
	backup  bool // which is kept, as backupName says

	mkdir bool  // folders that are missing are made
	err   error // why it cannot be cleaned, known beforehand
}

// Err returns why the recording cannot be cleaned, where Plan has found that.
func (j Job) Err() error { return j.err }

// outputs are the paths it writes, "" for what is not asked for; the result is first.
func (j Job) outputs() [3]string { return [3]string{j.Out, j.Residual, j.Picture} }

// File cleans one recording. Every output is written beside its place and put
// there when all is complete. Errors name the file and what to do.
func File(ctx context.Context, j Job, o Options) (Result, error) {
	res, err := fileFrom(ctx, j, o, false)
	again := errors.Is(err, pcm.ErrDamaged) && isFile(j.In) && isFile(j.Out) && isFile(j.Residual)
	switch {
	case again && !o.Force:
		return res, fmt.Errorf("%w; use --force to clean what ffmpeg can read of it", err)
	case again:
		if other, foreign := fileFrom(ctx, j, o, true); foreign == nil {
			return other, nil // else our word is clearer
		}
	}
	return res, err
}

// isFile reports whether a path can be read or written twice: it is that of a file,
// or nothing is there.
func isFile(path string) bool {
	if path == "-" {
		return false
	}
	st, err := os.Stat(path)
	return err != nil || st.Mode().IsRegular()
}

// open opens a recording, which may be known to be damaged.
func open(ctx context.Context, path string, damaged bool) (recording.Reader, error) {
	if damaged {
		return recording.OpenDamaged(path)
	}
	return recording.OpenInput(ctx, path)
}

// fileFrom cleans one recording, which may be known to be damaged.
func fileFrom(ctx context.Context, j Job, o Options, damaged bool) (res Result, err error) {
	began := time.Now()
	if j.In != "-" {
		// Looked at before anything is opened, for a clear word.
		st, err := os.Stat(j.In)
		if err != nil {
			return res, cannot("read", j.In, err)
		}
		if st.IsDir() {
			return res, fmt.Errorf("cannot read %s: it is a folder", printable.Text(j.In))
		}
	}
	r, err := open(ctx, j.In, damaged)
	switch stop := ctx.Err(); {
	case err != nil && stop != nil:
		return res, interrupted{j.In, stop}
	case err != nil:
		return res, fmt.Errorf("cannot clean: %w%s", safe(j.In, err), hint(err))
	}
	outs := &outputs{}
	defer func() {
		if recover() != nil {
			err = faultIn(j.In)
		}
		err = errors.Join(err, r.Close())
		if err != nil {
			err = errors.Join(err, outs.abort())
		}
		if stop := ctx.Err(); stop != nil && err != nil {
			err = interrupted{j.In, stop}
		}
	}()
	if o.Widen {
		if r, err = widen(r); err != nil {
			return res, named(j.In, err)
		}
	}
	outs.replace = o.Overwrite
	meta := r.Metadata()
	tracks := &tracks{job: j, options: o, damaged: damaged}
	defer func() { err = errors.Join(err, tracks.remove()) }()
	if recording.HoldsTracks(j.Out) {
		if err := tracks.clean(ctx, meta.OtherSounds); err != nil {
			return res, err
		}
		meta.Tracks = tracks.files
		o.Progress = tracks.progress(meta.OtherSounds)
	}
	if err := outs.addResult(j, r, meta); err != nil {
		return res, err
	}
	if j.Residual != "" {
		if err := outs.addResidual(j.Residual, r); err != nil {
			return res, err
		}
	}
	if res, err = outs.run(ctx, j, r, o); err != nil {
		return res, err
	}
	if err := ctx.Err(); err != nil { // what was read may have ended with it
		return res, err
	}
	res.Input, res.Output, res.Tracks = j.In, j.Out, tracks.results
	res.LeftOut = meta.OtherSounds - len(tracks.results)
	for _, t := range tracks.results {
		res.Helpers += t.Helpers
	}
	if o.Ready != nil {
		result := outs.files[0].file
		if err := result.Sync(); err != nil {
			return res, cannot("write", j.Out, err)
		}
		if err := o.Ready(res, result.Name()); err != nil {
			return res, err
		}
	}
	if err := outs.commit(j.In); err != nil {
		return res, err
	}
	res.finished(began)
	return res, nil
}

// run cleans r into the writers.
func (o *outputs) run(ctx context.Context, j Job, r recording.Reader, opt Options) (res Result, err error) {
	if j.FarEnd != "" {
		far, err := openFarEnd(ctx, j.FarEnd)
		if err != nil {
			return res, err
		}
		defer func() { err = errors.Join(err, far.close()) }()
		opt.NewProcessor = far.before(opt.NewProcessor)
	}
	c, err := newCleaner(r, opt)
	if err != nil {
		return res, named(j.In, err)
	}
	speech := &speechTrack{}
	m, err := newFigures(r.Format(), speech, opt.Loudness != 0)
	if err != nil {
		return res, named(j.In, err)
	}
	sinks := []frameSink{speech.write, m.write}
	var pic *spectrograms
	if j.Picture != "" {
		pic = newSpectrograms(r.Rate(), r.Channels())
		sinks = append(sinks, func(f recording.Frames) error { pic.before.Write(f.Dry); return nil })
	}
	write := o.result(j.Out, pic)
	var spool *spool
	if opt.Loudness != 0 {
		if spool, err = newSpool(o.files[0], opt.Scratch, r.Format()); err != nil {
			return res, err
		}
		defer func() { err = errors.Join(err, spool.remove()) }()
		if spool.work.tell = opt.Progress; opt.Progress != nil {
			opt.Progress = spool.work.cleaned
		}
		sinks = append(sinks, func(f recording.Frames) error { return spool.write(f.Clean) })
	} else {
		sinks = append(sinks, func(f recording.Frames) error { return write(f.Clean) })
	}
	if j.Residual != "" {
		c.KeepWithoutAGC()
		sinks = append(sinks, o.residual(j.Residual))
	}
	if res, err = stream(ctx, c, r, opt, sinks); err != nil {
		return res, named(j.In, err)
	}
	if spool != nil {
		if res.Loudness, err = spool.normalise(ctx, opt, speech, write); err != nil {
			return res, err
		}
	}
	m.give(&res, res.Loudness)
	if err := o.close(); err != nil {
		return res, err
	}
	for _, w := range o.writers {
		res.Helpers += recording.HelperTime(w)
	}
	res.Helpers += recording.HelperTime(r)
	res.Clipped, res.Covers = o.writers[0].Clipped(), recording.LeftOutCovers(o.writers[0])
	if pic == nil {
		return res, nil
	}
	return res, o.draw(pic, j.Picture)
}
