package speaker

import (
	"context"
	"errors"
	"time"

	"go.uber.org/zap"

	"github.com/stillmic/stillmic/audioio"
)

// service is one life of the virtual output.
type service struct {
	s      *Speaker
	sp     audioio.Speaker
	mover  *mover // nil: nobody plays
	output string // on which it plays
	played time.Time
	began  time.Time // of the mover
	failed failure
}

// failure is of an output that cannot be opened.
type failure struct {
	output string
	at     time.Time
	retry  time.Duration // after which it is tried again, 0: none has failed
}

// due reports whether an output is to be opened.
func (f failure) due(output string, now time.Time) bool {
	return output != f.output || now.Sub(f.at) > f.retry
}

// again is the failure that follows one.
func (f failure) again(output string) failure {
	if f.output != output {
		f.retry = 0
	}
	return failure{output: output, at: time.Now(), retry: min(max(2*f.retry, retryFirst), retryOutput)}
}

// look finds out what is to be done, and does it.
func (v *service) look() error {
	view, err := v.sp.Look(v.s.wanted.Load().Device)
	if err != nil {
		return err
	}
	now := time.Now()
	if view.Playing > 0 {
		v.played = now
	}
	v.s.mu.Lock()
	v.s.now.Output, v.s.now.Loop, v.s.now.Cable = view.Output.Description, view.Loop, view.Cable
	v.s.now.Apps = append([]string{}, view.Apps...)
	v.s.mu.Unlock()
	switch {
	case v.mover != nil && (view.Output.Name != v.output || v.mover.ended()):
		v.stop()
	case v.mover != nil && now.Sub(v.played) > linger:
		v.stop()
	case v.mover != nil && v.mover.cleaner.figures.fault.Load() != nil && now.Sub(v.began) > again:
		v.stop()
	}
	switch {
	case view.Output.Name == "":
		v.failed = failure{}
		v.s.set(NoOutput, "")
	case v.mover != nil:
	case view.Playing == 0:
		v.failed = failure{}
		v.s.set(Suspended, "")
	case v.failed.due(view.Output.Name, now):
		return v.start(view.Output.Name)
	}
	return nil
}

// start begins to move sound to an output.
func (v *service) start(output string) error {
	w, err := v.s.o.Weights()
	if err != nil {
		return err
	}
	stream, err := v.sp.Stream(output)
	if errors.Is(err, audioio.ErrServerGone) {
		return err
	}
	if err != nil { // it may have just gone: it is looked again
		v.failed = v.failed.again(output)
		v.s.o.Log.Debug("the output cannot be opened", zap.Error(err))
		if v.failed.retry > tellAfter {
			v.s.set(Waiting, err.Error())
		}
		return nil
	}
	var music Detector
	if v.s.o.NewDetector != nil {
		music = v.s.o.NewDetector()
	}
	v.mover = newMover(stream, newCleaner(w, music), &v.s.wanted)
	v.output, v.began, v.failed = output, time.Now(), failure{}
	v.s.mov.Store(v.mover)
	v.mover.start(v.s.o.RaiseThread)
	v.s.set(Running, "")
	return nil
}

// stop ends the moving.
func (v *service) stop() {
	m := v.mover
	if m == nil {
		return
	}
	v.mover, v.output = nil, ""
	if err := m.stop(); err != nil && !errors.Is(err, audioio.ErrClosed) {
		v.s.o.Log.Debug("the sound ended", zap.Error(err))
	}
	if fault := m.cleaner.figures.fault.Load(); fault != nil {
		v.s.o.Log.Error("the speaker's network failed, and its sound passed unchanged", zap.String("fault", *fault))
	}
	var st Status
	m.add(&st)
	v.s.mu.Lock()
	sum := &v.s.sum
	sum.hops += st.Hops
	sum.missed += st.Missed
	sum.dropped += st.Dropped
	sum.underruns += st.Underruns
	sum.restarts += st.Restarts
	v.s.mov.Store(nil)
	v.s.mu.Unlock()
}

// wait waits until it is to be looked again; false: ctx has ended.
func (v *service) wait(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(lookApart):
	}
	var ended <-chan struct{}
	var tick <-chan time.Time
	if v.mover != nil {
		ended, tick = v.mover.over, time.After(lookAlways)
	} else if v.failed.retry > 0 {
		tick = time.After(v.failed.retry)
	}
	select {
	case <-ctx.Done():
		return false
	case <-v.s.wake:
	case <-v.sp.News():
	case <-v.sp.Done():
	case <-ended:
	case <-tick:
	}
	return true
}
