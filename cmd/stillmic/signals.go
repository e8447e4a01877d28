package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/stillmic/stillmic/daemon/supervisor"
)

// untilSignal returns a context that ends with the first signal to end: by a person, which
// is the cause supervisor.ErrQuit, or by a program. A second one ends the program at once.
// stop returns the signal, nil if there was none.
func untilSignal() (ctx context.Context, stop func() os.Signal) {
	ends := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // by nohup
		ends = append(ends, syscall.SIGHUP) // the terminal's window was closed
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	came, got := make(chan os.Signal, 1), make(chan os.Signal, 1)
	signal.Notify(came, ends...)
	go func() {
		sig := <-came
		signal.Stop(came)
		got <- sig
		if sig == syscall.SIGTERM {
			cancel(nil)
		}
		cancel(supervisor.ErrQuit)
	}()
	return ctx, func() os.Signal {
		signal.Stop(came)
		select {
		case sig := <-got:
			return sig
		default:
			return nil
		}
	}
}
