//go:build !linux

package daemon

import (
	"context"
	"errors"
)

// realtimeThread is for Linux.
func realtimeThread(context.Context) error { return errors.ErrUnsupported }

func guardRealtime(context.Context, func(error)) {}

// RaisePriority does nothing here.
func RaisePriority() (scheduling string, realTime bool) { return "normal", false }

// RestorePriority does nothing here.
func RestorePriority() error { return nil }

// LowerPriority does nothing here.
func LowerPriority() error { return nil }
