//go:build !linux

package clock

import "time"

// Slept returns how long the machine has been suspended since it was started, 0 where that is not known.
func Slept() time.Duration { return 0 }
