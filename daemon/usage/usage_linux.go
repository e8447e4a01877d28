// Package usage tells what this process takes of the machine.
package usage

import (
	"fmt"
	"time"

	"github.com/prometheus/procfs"
	"golang.org/x/sys/unix"
)

// ProcessorTime returns the processor time that this process has used, 0 where the system
// does not tell. /proc has it too, in steps of 10 ms.
func ProcessorTime() time.Duration {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// ResidentMB returns the memory that this process has in use, in MB of 1,000,000 bytes.
func ResidentMB() (float64, error) {
	p, err := procfs.Self()
	if err != nil {
		return 0, fmt.Errorf("resident memory: %w", err)
	}
	s, err := p.NewStatus()
	if err != nil {
		return 0, fmt.Errorf("resident memory: %w", err)
	}
	return float64(s.VmRSS) / 1e6, nil
}
