// Stillmic removes noise from a microphone and from recordings, on the CPU and
// on this machine alone.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/user"
	"strings"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/printable"
	"github.com/stillmic/stillmic/daemon/control"
)

// Exit codes, as "stillmic help" documents them.
const (
	exitFine     = 0
	exitFailed   = 1
	exitUsage    = 2
	exitNoDaemon = 3  // no daemon, no sound server or no device
	exitAgain    = 75 // stopped, or a fault of the machine: the same may go well later; EX_TEMPFAIL of sysexits.h
)

func main() {
	log.SetOutput(io.Discard) // only libraries use it: one tells of every frame of a rate it was not tested with
	findHome()
	stdout, stderr := output()
	ctx, stop := untilSignal()
	code := execute(ctx, os.Args[1:], stdout, stderr)
	if sig := stop(); sig != nil && code == exitFailed {
		endBy(sig)
	}
	os.Exit(code)
}

// findHome sets HOME where a minimal environment, such as a cron job's, has none: the user's
// folders of configuration and state lie in it.
func findHome() {
	if _, err := os.UserHomeDir(); err == nil {
		return
	}
	if u, err := user.Current(); err == nil && u.HomeDir != "" {
		_ = os.Setenv("HOME", u.HomeDir) // else what needs it says so
	}
}

// execute runs a command line and returns the exit code. An error is one line
// on stderr.
func execute(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	began := false
	run := func() error {
		root := newRoot(&began)
		root.SetArgs(args)
		root.SetOut(stdout)
		root.SetErr(stderr)
		return root.ExecuteContext(ctx)
	}
	if isImageOption(args) {
		began = true // what is wrong with the command line answerImage says
		run = func() error { return answerImage(ctx, args, stdout) }
	}
	err := run()
	if err == nil {
		return exitFine
	}
	if s := silentError(0); errors.As(err, &s) {
		return int(s)
	}
	fmt.Fprintln(stderr, "stillmic: "+oneLine(err)+hint(err))
	if !began {
		return exitUsage
	}
	return exitCode(err)
}

// exitCode sorts errors into codes.
func exitCode(err error) int {
	var usage usageError
	switch {
	case errors.As(err, &usage):
		return exitUsage
	case errors.Is(err, control.ErrNoDaemon), errors.Is(err, audioio.ErrNoServer), errors.Is(err, audioio.ErrNoDevice):
		return exitNoDaemon
	case isTemporary(err):
		return exitAgain
	}
	return exitFailed
}

// usageError is a wrong use that only the command itself can see.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// silentError ends the program with a code; everything has been said.
type silentError int

func (e silentError) Error() string { return "" }

// oneLine joins what errors.Join and others put on several lines. What a terminal could
// take for more than text is escaped.
func oneLine(err error) string {
	var parts []string
	for line := range strings.SplitSeq(err.Error(), "\n") {
		if line = strings.TrimSpace(line); line != "" {
			parts = append(parts, printable.Text(line))
		}
	}
	return strings.Join(parts, "; ")
}
