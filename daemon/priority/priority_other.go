//go:build !linux

package priority

import (
	"context"
	"errors"
	"sync"
)

// raiseThread is for Linux.
func raiseThread(context.Context) error { return errors.ErrUnsupported }

func guard(context.Context, *sync.WaitGroup, func(error)) {}

// Raise does nothing here.
func Raise() (scheduling string, realTime bool) { return "normal", false }

// Restore does nothing here.
func Restore() error { return nil }

// Try returns nil: nothing is asked for here.
func Try(context.Context) error { return nil }

// Lower does nothing here.
func Lower() error { return nil }
