package daemon

import (
	"context"
	"errors"
	"fmt"

	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/enrol"
	"github.com/stillmic/stillmic/daemon/monitor"
	"github.com/stillmic/stillmic/daemon/supervisor"
)

// VoicePrint tells what may be told of the print.
func (a api) VoicePrint() (control.VoicePrint, error) {
	path, err := enrol.Path()
	if err != nil {
		return control.VoicePrint{}, err
	}
	return enrol.About(path)
}

// DeleteVoicePrint deletes it.
func (a api) DeleteVoicePrint() error {
	if !a.d.enrolling.TryLock() {
		return fmt.Errorf("%w: a voice is being enrolled", control.ErrBusy)
	}
	defer a.d.enrolling.Unlock()
	path, err := enrol.Path()
	if err != nil {
		return err
	}
	if err := enrol.Delete(path); errors.Is(err, enrol.ErrNone) {
		return fmt.Errorf("%w: no voice is enrolled", control.ErrNotFound)
	} else if err != nil {
		return err
	}
	a.d.o.Log.Info("voice print deleted")
	a.d.printChanged()
	return nil
}

const (
	// enrolHops is how much may wait for an enrolment: 500 ms.
	enrolHops = 50

	// lateHops is by how much a hop that is watched may be older than that: it has waited for the
	// network, and for who shows it.
	lateHops = monitor.MostLate + 20
)

// mutedUntil tells hops that were captured while the microphone was muted from those after that.
type mutedUntil struct{ late int } // hops that are of before

// before reports whether a hop that is watched now is of before the microphone was switched on.
func (m *mutedUntil) before(muted bool) bool {
	switch {
	case muted:
		m.late = lateHops
		return false
	case m.late > 0:
		m.late--
		return true
	}
	return false
}

// errChanged is the error of an enrolment that would be of two microphones.
var errChanged = errors.New("the microphone was changed; nothing was kept: enrol again through the one in use now")

// oneMicrophone watches that an enrolment hears the same microphone throughout.
type oneMicrophone struct{ name string }

// check takes how it stands now. Its error is errChanged.
func (m *oneMicrophone) check(now supervisor.Snapshot) error {
	switch {
	case !now.Live:
	case m.name == "":
		m.name = now.Source.Name
	case m.name != now.Source.Name:
		return errChanged
	}
	return nil
}

// Enrol makes the print of what the microphone hears.
func (a api) Enrol(ctx context.Context, fresh bool, tell func(control.Enrolment) error) error {
	if !a.d.enrolling.TryLock() {
		return fmt.Errorf("%w: a voice is being enrolled", control.ErrBusy)
	}
	defer a.d.enrolling.Unlock()
	if s := a.d.supervisor.Snapshot(); !s.Live && s.State != supervisor.Suspended {
		return fmt.Errorf("%w: there is no audio to enrol: %s", control.ErrNotNow, s.Reason)
	}
	path, err := enrol.Path()
	if err != nil {
		return err
	}
	hops := make(chan enrol.Hop, enrolHops)
	until := mutedUntil{lateHops} // now, for all that we know
	stop := a.d.monitor.Watch(func(h *monitor.Hop) {
		muted := a.d.isMuted()
		if until.before(muted) {
			return
		}
		select {
		case hops <- enrol.Hop{Sound: h.In, Muted: muted}:
		default: // the machine is too busy: some hops less are heard
		}
	})
	defer stop()
	var microphone oneMicrophone
	return enrol.Run(ctx, hops, path, fresh, func(p control.Enrolment) error {
		if p.State == enrol.Listening {
			if err := microphone.check(a.d.supervisor.Snapshot()); err != nil {
				return err
			}
		}
		if p.State == enrol.Done { // also where nobody is there any more to be told
			a.d.o.Log.Info("voice enrolled") // nothing of the voice
			a.d.printChanged()
		}
		return tell(p)
	})
}

// isMuted reports whether callers hear silence, by us or by a mixer.
func (d *Daemon) isMuted() bool {
	m := d.mutes.Load()
	return d.settings.Now().Silent() || m != nil && (m.source || m.sink)
}

// printChanged is called when the print of the user's voice is another, or gone.
func (d *Daemon) printChanged() {
	d.focus.Look()
	d.events.Changed()
}
