package archive

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// threadTime ties the goroutine to its thread until untie is called. since returns the processor
// time of the thread from then on.
func threadTime() (since func() time.Duration, untie func()) {
	runtime.LockOSThread()
	began := ofThread()
	return func() time.Duration { return ofThread() - began }, runtime.UnlockOSThread
}

// ofThread returns the processor time of the thread.
func ofThread() time.Duration {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_THREAD, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
