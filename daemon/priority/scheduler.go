// Package priority has the audio run before other programs, within what an
// ordinary user may do, and gives that back.
package priority

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"

	"go.uber.org/zap"
)

// Why a thread is not real-time.
var (
	ErrNoBus        = errors.New("the system bus cannot be reached")
	ErrNotInstalled = errors.New("RealtimeKit is not installed")
)

// kitTries is how many streams wait for RealtimeKit in vain before that counts as
// a refusal: a machine that stood still when the first began may not do so when the
// next does.
const kitTries = 3

// Scheduler knows how the audio of one daemon is scheduled. Raise is called once,
// first; all other methods may be called from anywhere.
type Scheduler struct {
	log *zap.Logger

	process  string // of the process, in words
	realTime bool   // that is real time

	thread  atomic.Bool  // the audio's thread alone is real-time, by RealtimeKit
	refused atomic.Bool  // RealtimeKit refuses, or does not answer
	late    atomic.Int32 // how often it did not answer
	guarded atomic.Bool  // guard runs
	demoted atomic.Bool  // guard has given the privilege back

	jobs sync.WaitGroup // of guard
}

// NewScheduler returns a scheduler that has asked for nothing yet.
func NewScheduler(log *zap.Logger) *Scheduler { return &Scheduler{log: log, process: "normal"} }

// Raise raises the whole process, see the function Raise. Until ctx ends, real-time
// priority is given back when a thread computes for too long.
func (s *Scheduler) Raise(ctx context.Context) {
	s.process, s.realTime = Raise()
	s.log.Debug("scheduling", zap.String("priority", s.process))
	if s.realTime {
		s.guard(ctx) // whoever started us may have set a limit
	}
}

// RaiseThread gives the calling goroutine a real-time thread of its own, where
// RealtimeKit offers one and the whole process is not real-time already. The
// goroutine must end with the stream: the thread, locked to it, ends with it.
// Without RealtimeKit the goroutine stays free, because that costs fewer wake-ups.
// RaiseThread reports whether the thread is the goroutine's own.
func (s *Scheduler) RaiseThread(ctx context.Context) bool {
	if s.realTime || s.refused.Load() {
		return false
	}
	runtime.LockOSThread()
	if err := raiseThread(ctx); err != nil {
		runtime.UnlockOSThread()
		s.thread.Store(false)
		if ctx.Err() == nil {
			// Who refuses would again; who was only late may not be.
			late := errors.Is(err, context.DeadlineExceeded) && s.late.Add(1) < kitTries
			s.refused.Store(!late)
			s.log.Debug("no real-time thread", zap.Error(err))
		}
		return false
	}
	s.guard(ctx)
	s.thread.Store(true)
	s.log.Debug("scheduling", zap.String("priority", s.String()))
	return true
}

// guard gives the privilege back when a thread computes for too long, until ctx
// ends. From then on no thread of this process is real-time.
func (s *Scheduler) guard(ctx context.Context) {
	if !s.guarded.CompareAndSwap(false, true) {
		return
	}
	guard(ctx, &s.jobs, func(err error) {
		s.refused.Store(true)
		if err != nil {
			s.log.Error("the audio computed for too long, and real-time priority could not be given back; the system may end "+
				"the program", zap.Error(err))
			return
		}
		s.demoted.Store(true)
		s.thread.Store(false)
		s.log.Warn("the audio computed for too long and is not real-time any more")
	})
}

// Wait waits for what runs until the contexts of Raise and RaiseThread end.
func (s *Scheduler) Wait() { s.jobs.Wait() }

// String describes the scheduling in words: "normal", "nice -11", "real time ...".
func (s *Scheduler) String() string {
	switch {
	case s.thread.Load():
		return "real time by RealtimeKit, the audio's thread"
	case s.demoted.Load():
		return "normal"
	}
	return s.process
}
