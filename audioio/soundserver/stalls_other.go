//go:build !linux

package soundserver

import "time"

// processors: the sound servers exist on Linux only.
func processors() []func() error { return nil }

func nap(d time.Duration) { time.Sleep(d) }
