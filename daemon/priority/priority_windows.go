package priority

import (
	"fmt"

	"golang.org/x/sys/windows"
)

// Raise has this process run before ordinary ones, without any privilege. The threads of the sound
// itself are PortAudio's, which has the system run them as "Pro Audio" (MMCSS).
func Raise() (scheduling string, realTime bool) {
	if set(windows.HIGH_PRIORITY_CLASS) != nil {
		return "normal", false
	}
	return "high priority class", false
}

// Restore takes back what Raise did to this process.
func Restore() error {
	if err := set(windows.NORMAL_PRIORITY_CLASS); err != nil {
		return fmt.Errorf("return to normal priority: %w", err)
	}
	return nil
}

// Lower lets every other program go first, for work nobody waits for.
func Lower() error {
	if err := set(windows.IDLE_PRIORITY_CLASS); err != nil {
		return fmt.Errorf("let others go first: %w", err)
	}
	return nil
}

func set(class uint32) error { return windows.SetPriorityClass(windows.CurrentProcess(), class) }
