// Package clock measures how long something takes, to a microsecond.
package clock

import (
	"math/bits"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// The time package's clock goes on in steps of up to 15.6 ms here: a hop of 1 ms in 16 would seem
// to be late. The performance counter has steps of 0.1 us.
var (
	kernel32  = windows.NewLazySystemDLL("kernel32.dll")
	counter   = kernel32.NewProc("QueryPerformanceCounter").Addr()
	frequency = query(kernel32.NewProc("QueryPerformanceFrequency").Addr()) // of its ticks, in Hz; 10 MHz since Windows 10
	start     = query(counter)
)

// query has the system fill in a number. It does not allocate.
func query(address uintptr) (n uint64) {
	_, _, _ = syscall.SyscallN(address, uintptr(unsafe.Pointer(&n))) // it cannot fail since Windows XP
	return n
}

// Now returns the time since a point that stays the same for as long as the process runs.
func Now() time.Duration {
	high, low := bits.Mul64(query(counter)-start, uint64(time.Second))
	d, _ := bits.Div64(high, low, frequency) // high < frequency for 2^64 ticks: ever
	return time.Duration(d)
}
