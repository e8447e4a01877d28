package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/stillmic/stillmic/daemon/clean"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/strength"
)

// cleanApart has a file that was sent to the daemon cleaned by a process of its
// own: what a broken file does to a decoder, it does not do to a call, and the
// memory is given back.
func cleanApart(ctx context.Context, in string, s strength.Limit, o control.CleanOptions) (res control.CleanResult, err error) {
	exe, err := os.Executable()
	if err != nil {
		return res, fmt.Errorf("find this program: %w", err)
	}
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, exe, apartArgs(in, s, o)...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	// A pipe that nothing is written to: it ends with this process, however that ends, and
	// the other with it.
	life, err := cmd.StdinPipe()
	if err != nil {
		return res, fmt.Errorf("clean the file: %w", err)
	}
	defer life.Close()
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // it removes its temporary file
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Run(); err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) && stderr.Len() > 0 {
			return res, refusal(stderr.Bytes(), in)
		}
		return res, fmt.Errorf("clean the file: %w", err)
	}
	var done clean.Result
	if err := json.Unmarshal(stdout.Bytes(), &done); err != nil {
		return res, fmt.Errorf("read what was done: %w", err)
	}
	var report bytes.Buffer
	if err := json.Compact(&report, stdout.Bytes()); err != nil {
		return res, fmt.Errorf("read what was done: %w", err)
	}
	return control.CleanResult{Path: done.Output, Report: report.Bytes()}, nil
}

// refusal is what stands on the page beside the name of a file that was sent: why it cannot be cleaned,
// without the name that it has here.
func refusal(stderr []byte, in string) error {
	text := strings.ReplaceAll(complaint(stderr).Error(), in, "the file")
	for _, said := range []string{"cannot clean: ", "cannot clean the file: ", "read the file: "} {
		text = strings.TrimPrefix(text, said)
	}
	return errors.New(text)
}

// apartArgs are the arguments that have this program clean a file.
func apartArgs(in string, s strength.Limit, o control.CleanOptions) []string {
	args := []string{"clean", "--json", "--background", "--until-eof"}
	if o.Preset == "" {
		args = append(args, "--strength="+s.String())
	} else {
		args = append(args, "--preset="+o.Preset)
	}
	if o.Loudness != 0 {
		args = append(args, fmt.Sprintf("--loudness=%g", o.Loudness))
	}
	if o.Picture != "" {
		args = append(args, "--picture="+o.Picture)
	}
	return append(args, in)
}

// complaint is the error that this program has ended with in another process, from
// what that wrote: the last line.
func complaint(stderr []byte) error {
	lines := strings.Split(strings.TrimSpace(string(stderr)), "\n")
	return errors.New(strings.TrimPrefix(lines[len(lines)-1], "stillmic: "))
}

// untilEOF returns a context that ends with what can be read from r.
func untilEOF(ctx context.Context, r io.Reader) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		defer cancel()
		_, _ = io.Copy(io.Discard, r) // whatever it says, nobody is there any more
	}()
	return ctx
}
