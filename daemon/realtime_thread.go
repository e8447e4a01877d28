package daemon

import (
	"context"
	"errors"
	"runtime"

	"go.uber.org/zap"
)

// kitTries is how many streams wait for RealtimeKit in vain before that counts as
// a refusal: a machine that stood still when the first began may not do so when the
// next does.
const kitTries = 3

// tie gives the goroutine of the engine a real-time thread of its own, where
// RealtimeKit offers one and the whole process is not real-time already. It is
// called by that goroutine, which must end with the stream: the thread, locked to
// it, ends with it. Without RealtimeKit the goroutine stays free, because that
// costs fewer wake-ups. It returns whether the thread is the goroutine's own.
func (d *Daemon) tie(ctx context.Context) bool {
	if d.realTime || d.kitRefuses.Load() {
		return false
	}
	runtime.LockOSThread()
	if err := realtimeThread(ctx); err != nil {
		runtime.UnlockOSThread()
		d.tied.Store(false)
		if ctx.Err() == nil {
			// Who refuses would again; who was only late may not be.
			late := errors.Is(err, context.DeadlineExceeded) && d.kitLate.Add(1) < kitTries
			d.kitRefuses.Store(!late)
			d.o.Log.Debug("no real-time thread", zap.Error(err))
		}
		return false
	}
	d.guard(ctx)
	d.tied.Store(true)
	d.o.Log.Debug("scheduling", zap.String("priority", d.scheduled()))
	return true
}

// guard gives the privilege back when a thread computes for too long, until ctx
// ends. From then on no thread of this process is real-time.
func (d *Daemon) guard(ctx context.Context) {
	if !d.guarded.CompareAndSwap(false, true) {
		return
	}
	guardRealtime(ctx, func(err error) {
		d.kitRefuses.Store(true)
		if err != nil {
			d.o.Log.Error("the audio computed for too long, and real-time priority could not be given back; the system may end the program", zap.Error(err))
			return
		}
		d.demoted.Store(true)
		d.tied.Store(false)
		d.o.Log.Warn("the audio computed for too long and is not real-time any more")
	})
}

// scheduled describes the priority in words.
func (d *Daemon) scheduled() string {
	switch {
	case d.tied.Load():
		return "real time by RealtimeKit, the audio's thread"
	case d.demoted.Load():
		return "normal"
	}
	return d.scheduling
}
