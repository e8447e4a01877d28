//go:build !linux

// Package usage tells what this process takes of the machine.
package usage

import (
	"runtime"
	"time"
)

// ProcessorTime is not known here.
func ProcessorTime() time.Duration { return 0 }

// ResidentMB returns what the Go runtime has asked of the system, in MB.
func ResidentMB() (float64, error) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.Sys) / 1e6, nil
}
