package daemon

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

const (
	// realtimePriority is below what sound servers give themselves (5 for
	// PulseAudio, 20 or 88 for PipeWire), so that they can always interrupt us.
	realtimePriority = 4

	// niceLevel is what PulseAudio gives itself.
	niceLevel = -11
)

// RaisePriority asks the system to run this process before others: real time
// (round robin) where it is allowed, else a better nice level, else nothing.
// It returns which, in words, and whether it is real time. No privilege is needed
// or asked for.
//
// All threads are raised, not the engine's alone: Go's network poller, which
// wakes the engine, may run on any of them. Threads and processes that are
// started later inherit it.
func RaisePriority() (scheduling string, realTime bool) {
	roundRobin := unix.SchedAttr{Policy: unix.SCHED_RR, Priority: realtimePriority}
	if eachThread(func(tid int) error { return unix.SchedSetAttr(tid, &roundRobin, 0) }) == nil {
		return fmt.Sprintf("real time, priority %d", realtimePriority), true
	}
	if eachThread(func(tid int) error { return unix.Setpriority(unix.PRIO_PROCESS, tid, niceLevel) }) == nil {
		return fmt.Sprintf("nice %d", niceLevel), false
	}
	return "normal", false
}

// RestorePriority takes back what RaisePriority did, for work that is not
// urgent.
func RestorePriority() error {
	normal := unix.SchedAttr{Policy: unix.SCHED_NORMAL}
	if err := eachThread(func(tid int) error { return unix.SchedSetAttr(tid, &normal, 0) }); err != nil {
		return fmt.Errorf("return to normal priority: %w", err)
	}
	return nil
}

// LowerPriority lets every other program go first, for work nobody waits for.
func LowerPriority() error {
	if err := RestorePriority(); err != nil {
		return err
	}
	const niceBackground = 10
	if err := eachThread(func(tid int) error { return unix.Setpriority(unix.PRIO_PROCESS, tid, niceBackground) }); err != nil {
		return fmt.Errorf("let others go first: %w", err)
	}
	return nil
}

// eachThread does something to every thread of this process.
func eachThread(do func(tid int) error) error {
	list, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return fmt.Errorf("list the threads: %w", err)
	}
	for _, e := range list {
		tid, err := strconv.Atoi(e.Name())
		if err != nil {
			return fmt.Errorf("list the threads: %w", err)
		}
		if err := do(tid); err != nil && !errors.Is(err, unix.ESRCH) { // it may just have ended
			return err
		}
	}
	return nil
}
