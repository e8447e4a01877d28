//go:build !windows

// Package clock measures how long something takes, to a microsecond.
package clock

import "time"

var start = time.Now()

// Now returns the time since a point that stays the same for as long as the process runs.
func Now() time.Duration { return time.Since(start) }
