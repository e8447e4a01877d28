package daemon

import (
	"context"
	"runtime"

	"go.uber.org/zap"
)

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
			d.kitRefuses.Store(true) // it would again
			d.o.Log.Debug("no real-time thread", zap.Error(err))
		}
		return false
	}
	if d.guarded.CompareAndSwap(false, true) {
		go guardRealtime(ctx, func(err error) {
			d.kitRefuses.Store(true)
			d.tied.Store(false)
			d.o.Log.Warn("the audio computed for too long and is not real-time any more", zap.Error(err))
		})
	}
	d.tied.Store(true)
	d.o.Log.Debug("scheduling", zap.String("priority", d.scheduled()))
	return true
}

// scheduled describes the priority in words.
func (d *Daemon) scheduled() string {
	if d.tied.Load() {
		return "real time by RealtimeKit, the audio's thread"
	}
	return d.scheduling
}
