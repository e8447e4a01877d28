package clock

import (
	"time"

	"golang.org/x/sys/unix"
)

// Slept returns how long the machine has been suspended since it was started: the clock that goes
// on meanwhile is ahead of the one that Now goes by. 0 if the system does not say.
func Slept() time.Duration {
	var awake, all unix.Timespec
	if unix.ClockGettime(unix.CLOCK_MONOTONIC, &awake) != nil || unix.ClockGettime(unix.CLOCK_BOOTTIME, &all) != nil {
		return 0
	}
	return time.Duration(all.Nano() - awake.Nano())
}
