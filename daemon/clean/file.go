package clean

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/stillmic/stillmic/audioio/metadata"
	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/printable"
	"github.com/stillmic/stillmic/audioio/recording"
	"github.com/stillmic/stillmic/audioio/wav"
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

// isFile says whether a path can be read or written twice: it is that of a file,
// or nothing is there.
func isFile(path string) bool {
	if path == "-" {
		return false
	}
	st, err := os.Stat(path)
	return err != nil || st.Mode().IsRegular()
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
	open := recording.OpenInput
	if damaged {
		open = recording.OpenDamaged
	}
	r, err := open(j.In)
	if err != nil {
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
	res.Input, res.Output, res.Tracks = j.In, j.Out, tracks.results
	res.LeftOut = meta.OtherSounds - len(tracks.results)
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

// outputs are the files that one recording becomes.
type outputs struct {
	replace bool // those that are there are replaced
	files   []*output
	writers []recording.Writer // the cleaned one first
}

// addResult begins the cleaned recording, which has what else the recording carries.
func (o *outputs) addResult(j Job, r recording.Reader, m metadata.Metadata) error {
	p, err := newOutput(j.Out, o.replace || j.inPlace, j.backup)
	if err != nil {
		return err
	}
	return o.add(p, j.Out, r, m)
}

// addResidual begins what was removed.
func (o *outputs) addResidual(path string, r recording.Reader) error {
	p, err := newOutput(path, o.replace, false)
	if err != nil {
		return err
	}
	return o.add(p, path, r, metadata.Metadata{})
}

// add begins a file of the recording's format.
func (o *outputs) add(p *output, path string, r recording.Reader, m metadata.Metadata) error {
	o.files = append(o.files, p)
	w, err := o.writer(p, path, r, m)
	if err != nil {
		return cannot("write", path, err)
	}
	o.writers = append(o.writers, w)
	return nil
}

// writer writes what becomes of r. A device or pipe, whose name's end says nothing, gets
// WAV, and its length where that is known.
func (o *outputs) writer(p *output, path string, r recording.Reader, m metadata.Metadata) (recording.Writer, error) {
	if p.whole != nil {
		return recording.NewWriter(p.file, path, r.Format(), m)
	}
	frames := int64(-1)
	if r.Exact() {
		frames = r.Frames()
	}
	return wav.NewPipeWriter(p.file, r.Format(), m, frames)
}

// run cleans r into the writers.
func (o *outputs) run(ctx context.Context, j Job, r recording.Reader, opt Options) (res Result, err error) {
	if j.FarEnd != "" {
		far, err := openFarEnd(j.FarEnd)
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
	write := func(p []float32) error {
		if pic != nil {
			pic.after.Write(p)
		}
		if err := o.writers[0].Write(p); err != nil {
			return cannot("write", j.Out, err)
		}
		return nil
	}
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
	for _, w := range o.writers {
		if err := w.Close(); err != nil {
			return res, cannot("write", j.Out, err)
		}
	}
	res.Clipped = o.writers[0].Clipped()
	if pic == nil {
		return res, nil
	}
	return res, o.draw(pic, j.Picture)
}

// residual returns what writes the difference between before and after, levelling
// left aside.
func (o *outputs) residual(path string) frameSink {
	var diff []float32
	return func(f recording.Frames) error {
		diff = diff[:0]
		for i, v := range f.Dry {
			diff = append(diff, v-f.WithoutAGC[i])
		}
		if err := o.writers[1].Write(diff); err != nil {
			return cannot("write", path, err)
		}
		return nil
	}
}

// draw adds the picture to the files.
func (o *outputs) draw(s *spectrograms, path string) error {
	p, err := newOutput(path, o.replace, false)
	if err != nil {
		return err
	}
	o.files = append(o.files, p)
	w := bufio.NewWriter(p.file)
	if err := errors.Join(s.picture.Encode(w), w.Flush()); err != nil {
		return cannot("write", path, err)
	}
	return nil
}

// commit puts all files in their places.
func (o *outputs) commit(in string) error {
	for len(o.files) > 0 {
		p := o.files[0]
		o.files = o.files[1:]
		if err := p.commit(in); err != nil {
			return err
		}
	}
	return nil
}

// abort leaves nothing of the files that are not in their places.
func (o *outputs) abort() error {
	for _, w := range o.writers {
		if a, ok := w.(recording.Aborter); ok {
			a.Abort()
		}
	}
	var errs []error
	for _, p := range o.files {
		errs = append(errs, p.abort())
	}
	return errors.Join(errs...)
}
