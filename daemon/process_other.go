//go:build !linux

package daemon

import (
	"runtime"
	"time"
)

// processTime is not known here.
func processTime() time.Duration { return 0 }

// residentMB is what the Go runtime has asked of the system, in MB.
func residentMB() float64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.Sys) / 1e6
}
