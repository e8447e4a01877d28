package soundserver

import (
	"time"

	"golang.org/x/sys/unix"
)

// mostWatched is how many processors are watched at most.
const mostWatched = 16

// processors returns, for each processor this process may use, what moves the
// calling thread to it.
func processors() (pins []func() error) {
	var all unix.CPUSet
	if err := unix.SchedGetaffinity(0, &all); err != nil {
		return []func() error{func() error { return nil }}
	}
	for cpu := 0; len(pins) < min(all.Count(), mostWatched); cpu++ {
		if !all.IsSet(cpu) {
			continue
		}
		pins = append(pins, func() error {
			var one unix.CPUSet
			one.Set(cpu)
			return unix.SchedSetaffinity(0, &one)
		})
	}
	return pins
}

// nap sleeps on the thread itself: time.Sleep would be woken by another one.
func nap(d time.Duration) {
	t := unix.NsecToTimespec(d.Nanoseconds())
	_ = unix.Nanosleep(&t, nil) // a signal may end it early, which is no stall
}
