//go:build !linux && !windows

package priority

// Raise does nothing here.
func Raise() (scheduling string, realTime bool) { return "normal", false }

// Restore does nothing here.
func Restore() error { return nil }

// Lower does nothing here.
func Lower() error { return nil }
