package monitor

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/metadata"
	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/wav"
	"github.com/stillmic/stillmic/daemon/control"
)

const (
	// keepFor is how long a recording is kept.
	keepFor = 24 * time.Hour

	// patience is how long no audio may come before a recording is given up.
	patience = 5 * time.Second

	// detailsName is the file beside the tracks that says what they are.
	detailsName = "recording.json"
)

// Recorder makes an A/B recording: the microphone as it is, as it is sent, and
// what was removed. There is one at a time, in a folder that only the user can
// read, and it is deleted after a day.
type Recorder struct {
	monitor *Monitor
	dir     string
	latency func() float64 // ms

	mu  sync.Mutex
	now control.Recording
	end chan struct{} // closed to give up the one that is being made
}

// NewRecorder returns a recorder; a recording of an earlier daemon is still
// there if it is not too old.
func NewRecorder(m *Monitor, dir string, latency func() float64) *Recorder {
	r := &Recorder{monitor: m, dir: dir, latency: latency, now: control.Recording{State: control.RecordNone}}
	if text, err := os.ReadFile(filepath.Join(dir, detailsName)); err == nil && json.Unmarshal(text, &r.now) != nil {
		r.now = control.Recording{State: control.RecordNone}
	}
	r.Expire(time.Now())
	if r.now.State != control.RecordReady {
		_ = r.remove() // half a recording of a daemon that was killed
	}
	return r
}

// Expire deletes a recording that is too old.
func (r *Recorder) Expire(now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.now.State == control.RecordReady && now.After(r.now.Expires) && r.remove() == nil {
		r.now = control.Recording{State: control.RecordNone}
	}
}

// Recording returns what there is.
func (r *Recorder) Recording() control.Recording {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

// Path returns the file of a track.
func (r *Recorder) Path(t control.Track) (string, error) {
	if r.Recording().State != control.RecordReady {
		return "", fmt.Errorf("%w: there is no recording", control.ErrNotFound)
	}
	return filepath.Join(r.dir, string(t)+".wav"), nil
}

// Delete deletes the recording, or gives up the one that is being made.
func (r *Recorder) Delete() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.end != nil {
		close(r.end)
		r.end = nil
	}
	r.now = control.Recording{State: control.RecordNone}
	return r.remove()
}

func (r *Recorder) remove() error {
	if err := os.RemoveAll(r.dir); err != nil {
		return fmt.Errorf("delete the recording: %w", err)
	}
	return nil
}

// Record begins a new recording, in the place of the old one.
func (r *Recorder) Record(seconds float64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.now.State == control.RecordActive {
		return fmt.Errorf("%w: a recording is being made", control.ErrBusy)
	}
	if err := r.remove(); err != nil {
		return err
	}
	r.now = control.Recording{State: control.RecordActive, Seconds: seconds}
	r.end = make(chan struct{})
	go r.run(int(seconds*audioio.SampleRate/audioio.BlockSize), r.end)
	return nil
}

// run records a number of hops and writes them.
func (r *Recorder) run(hops int, end chan struct{}) {
	ab := newABRecording(hops)
	progress := make(chan struct{}, 1)
	stop := r.monitor.Watch(func(h *Hop) {
		if ab.add(h) {
			select {
			case progress <- struct{}{}:
			default:
			}
		}
	})
	defer stop()
	quiet := time.NewTimer(patience)
	defer quiet.Stop()
	for {
		select {
		case <-end:
			return
		case <-quiet.C:
			r.finish(end, nil, fmt.Errorf("the microphone delivered nothing for %v", patience))
			return
		case <-progress:
			quiet.Reset(patience)
		}
		n := int(ab.taken.Load())
		r.progress(end, n)
		if n >= hops {
			stop()
			figures := ab.figures(r.latency())
			r.finish(end, &figures, r.write(ab, end))
			return
		}
	}
}

// ifCurrent calls f if this recording was not given up.
func (r *Recorder) ifCurrent(end chan struct{}, f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.end == end {
		f()
	}
}

func (r *Recorder) progress(end chan struct{}, hops int) {
	r.ifCurrent(end, func() { r.now.Recorded = float64(hops) * audioio.BlockSize / audioio.SampleRate })
}

// finish ends a recording: it is ready, or failed for a reason.
func (r *Recorder) finish(end chan struct{}, f *control.Figures, err error) {
	r.ifCurrent(end, func() {
		r.end = nil
		ready := r.now
		ready.State, ready.Figures = control.RecordReady, f
		ready.Created = time.Now()
		ready.Expires = ready.Created.Add(keepFor)
		if err == nil {
			err = r.describe(ready)
		}
		if err != nil {
			err = errors.Join(err, r.remove())
			r.now = control.Recording{State: control.RecordFailed, Seconds: r.now.Seconds, Reason: err.Error()}
			return
		}
		r.now = ready
	})
}

// describe writes the figures beside the tracks.
func (r *Recorder) describe(now control.Recording) error {
	text, err := json.Marshal(now)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(r.dir, detailsName), text, 0o600)
}

// write writes the three tracks.
func (r *Recorder) write(t *abRecording, end chan struct{}) error {
	if err := os.MkdirAll(r.dir, 0o700); err != nil {
		return fmt.Errorf("folder for the recording: %w", err)
	}
	for _, track := range control.Tracks {
		select {
		case <-end:
			return fs.ErrClosed // given up; nobody is told
		default:
		}
		if err := writeTrack(filepath.Join(r.dir, string(track)+".wav"), t.samples(track)); err != nil {
			return fmt.Errorf("write the recording: %w", err)
		}
	}
	return nil
}

// writeTrack writes 16 bit at 48 kHz into a file of the user's own.
func writeTrack(path string, samples []float32) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	w, err := wav.NewWriter(f, pcm.Format{Rate: audioio.SampleRate, Channels: 1, Encoding: pcm.Int16}, metadata.Metadata{})
	if err != nil {
		return errors.Join(err, f.Close())
	}
	return errors.Join(w.Write(samples), w.Close(), f.Close())
}
