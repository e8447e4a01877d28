package priority

import (
	"errors"
	"fmt"
	"os"

	"github.com/prometheus/procfs"
	"golang.org/x/sys/unix"
)

const (
	// realtimePriority is below what sound servers give themselves (5 for
	// PulseAudio, 20 or 88 for PipeWire), so that they can always interrupt us.
	realtimePriority = 4

	// niceLevel is what PulseAudio gives itself.
	niceLevel = -11

	// niceBackground is for work that nobody waits for.
	niceBackground = 10
)

// Raise asks the system to run this process before others: real time
// (round robin) where it is allowed, else a better nice level, else nothing.
// It returns which, in words, and whether it is real time. No privilege is needed
// or asked for.
//
// All threads are raised, not the engine's alone: Go's network poller, which
// wakes the engine, may run on any of them. Threads and processes that are
// started later inherit it.
func Raise() (scheduling string, realTime bool) {
	roundRobin := unix.SchedAttr{Policy: unix.SCHED_RR, Priority: realtimePriority}
	if eachThread(func(tid int) error { return unix.SchedSetAttr(tid, &roundRobin, 0) }) == nil {
		return fmt.Sprintf("real time, priority %d", realtimePriority), true
	}
	if eachThread(func(tid int) error { return unix.Setpriority(unix.PRIO_PROCESS, tid, niceLevel) }) == nil {
		return fmt.Sprintf("nice %d", niceLevel), false
	}
	return "normal", false
}

// Restore takes back what Raise and RealtimeKit gave to this
// process or to the one that started it. It asks for nothing that an ordinary
// user may not do, and leaves a thread alone that runs at normal priority or
// below. A thread that could not be restored does not keep the others.
func Restore() error {
	if err := eachThread(func(tid int) error { return yieldThread(tid, 0) }); err != nil {
		return fmt.Errorf("return to normal priority: %w", err)
	}
	return nil
}

// Lower lets every other program go first, for work nobody waits for.
func Lower() error {
	if err := eachThread(func(tid int) error { return yieldThread(tid, niceBackground) }); err != nil {
		return fmt.Errorf("let others go first: %w", err)
	}
	return nil
}

// yieldThread ends the real-time scheduling of a thread and gives it the nice
// level least, or leaves it at its own if that is higher: the way down is free, the
// way up is not.
func yieldThread(tid, least int) error {
	attr, err := unix.SchedGetAttr(tid, 0)
	if err != nil {
		return err
	}
	nice, err := niceOf(tid)
	if err != nil {
		return err
	}
	switch attr.Policy {
	case unix.SCHED_FIFO, unix.SCHED_RR, unix.SCHED_DEADLINE:
		// RealtimeKit sets the flag by which children of the thread begin at normal
		// priority. Only the superuser may remove that, so it stays.
		return unix.SchedSetAttr(tid, &unix.SchedAttr{
			Policy: unix.SCHED_NORMAL, Nice: int32(max(nice, least)), Flags: attr.Flags & unix.SCHED_FLAG_RESET_ON_FORK,
		}, 0)
	}
	if nice < least {
		return unix.Setpriority(unix.PRIO_PROCESS, tid, least)
	}
	return nil
}

// niceOf returns a thread's nice level, also that of one that is real-time now.
func niceOf(tid int) (int, error) {
	n, err := unix.Getpriority(unix.PRIO_PROCESS, tid)
	return 20 - n, err // Linux returns 1 to 40, for a negative number says that it failed
}

// eachThread does something to every thread of this process, also to those that
// are started meanwhile, and returns all errors.
func eachThread(do func(tid int) error) error {
	done := map[int]bool{}
	var errs []error
	for {
		threads, err := procfs.AllThreads(os.Getpid())
		if err != nil {
			return errors.Join(append(errs, fmt.Errorf("list the threads: %w", err))...)
		}
		before := len(done)
		for _, t := range threads {
			if done[t.PID] {
				continue
			}
			done[t.PID] = true
			if err := do(t.PID); err != nil && !errors.Is(err, unix.ESRCH) { // it may just have ended
				errs = append(errs, fmt.Errorf("thread %d: %w", t.PID, err))
			}
		}
		if len(done) == before {
			return errors.Join(errs...)
		}
	}
}
