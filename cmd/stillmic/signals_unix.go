//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
	"time"
)

// endBy ends the program by a signal, as if it had not been caught: a shell then knows
// that a loop is to end, too, and that the exit code is 128 and the signal's number.
func endBy(sig os.Signal) {
	s, ok := sig.(syscall.Signal)
	if !ok {
		return
	}
	signal.Reset(sig)
	if syscall.Kill(os.Getpid(), s) == nil {
		time.Sleep(time.Second) // it arrives when it arrives
	}
}
