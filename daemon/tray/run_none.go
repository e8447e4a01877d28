//go:build !linux && !windows && !(darwin && cgo)

package tray

import (
	"context"
	"fmt"
)

// Run fails: the toolkit does not reach this system's panel without cgo.
func Run(context.Context, Options) error {
	return fmt.Errorf("%w: this program has been built without it", ErrNoTray)
}
