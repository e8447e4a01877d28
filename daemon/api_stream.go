package daemon

import (
	"context"
	"fmt"
	"io"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/monitor"
	"github.com/stillmic/stillmic/daemon/supervisor"
)

// attach shows the engine's hops to the scope, and keeps the microphone open,
// while somebody looks.
func (d *Daemon) attach(on bool) {
	if on {
		d.release = d.supervisor.Hold()
		d.engine.SetTap(d.monitor)
	} else {
		d.engine.SetTap(nil)
		d.release()
	}
}

// Watch measures levels and spectra for one who looks.
func (a api) Watch(w control.Watched) (stop func()) {
	if w.Replay {
		release := a.d.replay.Keep()
		w.Replay = false
		rest := a.Watch(w)
		return func() { rest(); release() }
	}
	if w.Meters == nil && w.Spectrum == nil {
		return func() {}
	}
	var levels monitor.Levels
	spectra := monitor.NewSpectra()
	return a.d.monitor.Watch(func(h *monitor.Hop) {
		if w.Meters != nil {
			if m, complete := levels.Add(h); complete {
				m.ReductionDB = a.d.engine.NoiseReductionDB()
				w.Meters(m)
			}
		}
		if w.Spectrum != nil {
			if s, complete := spectra.Add(h); complete {
				w.Spectrum(s)
			}
		}
	})
}

// listenBlocks is how much may wait for one who listens: 500 ms.
const listenBlocks = 50

// Listen delivers one side of the microphone as it comes. What the listener is
// too slow for is left out.
func (a api) Listen(ctx context.Context, t control.Track, into func([]float32) error) error {
	queue := make(chan audioio.Block, listenBlocks)
	stop := a.d.monitor.Watch(func(h *monitor.Hop) {
		b := h.Out
		switch t {
		case control.TrackRaw:
			b = h.In
		case control.TrackRemoved:
			b = h.Removed()
		}
		select {
		case queue <- b:
		default:
		}
	})
	defer stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case b := <-queue:
			if err := into(b[:]); err != nil {
				return err
			}
		}
	}
}

func (a api) Record(seconds float64) error {
	if s := a.d.supervisor.Snapshot(); !s.Live && s.State != supervisor.Suspended {
		return fmt.Errorf("%w: there is no audio to record: %s", control.ErrNotNow, s.Reason)
	}
	return a.d.recorder.Record(seconds)
}

// Replay writes what was said last, a WAV file of three channels.
func (a api) Replay(w io.Writer) error { return a.d.replay.WriteWAV(w) }

func (a api) Recording() control.Recording                  { return a.d.recorder.Recording() }
func (a api) DeleteRecording() error                        { return a.d.recorder.Delete() }
func (a api) RecordingPath(t control.Track) (string, error) { return a.d.recorder.Path(t) }

// Clean has a file cleaned, without a preset at the present strength.
func (a api) Clean(ctx context.Context, in string, o control.CleanOptions) (control.CleanResult, error) {
	if a.d.o.Clean == nil {
		return control.CleanResult{}, fmt.Errorf("%w: this daemon cleans no files", control.ErrNotNow)
	}
	return a.d.o.Clean(ctx, in, a.d.settings.Now().Strength, o)
}
