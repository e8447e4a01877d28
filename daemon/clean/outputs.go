package clean

import (
	"bufio"
	"errors"

	"github.com/stillmic/stillmic/audioio/metadata"
	"github.com/stillmic/stillmic/audioio/recording"
	"github.com/stillmic/stillmic/audioio/wav"
)

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
	return wav.NewPipeWriter(p.file, r.Format(), m.ForNewSamples(), frames)
}

// result returns what writes cleaned frames, and draws them where there is a picture.
func (o *outputs) result(path string, pic *spectrograms) func([]float32) error {
	return func(p []float32) error {
		if pic != nil {
			pic.after.Write(p)
		}
		if err := o.writers[0].Write(p); err != nil {
			return cannot("write", path, err)
		}
		return nil
	}
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

// close completes what the writers write.
func (o *outputs) close() error {
	for i, w := range o.writers {
		if err := w.Close(); err != nil {
			return cannot("write", o.files[i].target, err)
		}
	}
	return nil
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
