//go:build !linux

package daemon

// RaisePriority does nothing here.
func RaisePriority() string { return "normal" }

// RestorePriority does nothing here.
func RestorePriority() error { return nil }

// LowerPriority does nothing here.
func LowerPriority() error { return nil }
