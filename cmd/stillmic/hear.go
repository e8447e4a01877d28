package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/stillmic/stillmic/audioio/printable"
	"github.com/stillmic/stillmic/audioio/pulse"
	"github.com/stillmic/stillmic/daemon/audition"
	"github.com/stillmic/stillmic/daemon/clean"
	"github.com/stillmic/stillmic/dsp"
)

// hearBuffer is what the server holds of what is played: as much as a key is late by.
const hearBuffer = 100 * time.Millisecond

// hearBoth plays a recording before and after through the default output. With a terminal
// keys change the side; without one each is played for some seconds.
func hearBoth(cmd *cobra.Command, before, after string, seconds float64) (err error) {
	ctx, cancel := context.WithCancel(cmd.Context())
	defer cancel()
	say := cmd.ErrOrStderr()
	if !isTerminal(say) || !term.IsTerminal(int(os.Stdin.Fd())) {
		for _, side := range []audition.Side{audition.Before, audition.After} {
			playing := sync.OnceFunc(func() { fmt.Fprintf(say, "Playing %s\n", side) })
			if err := hear(ctx, before, after, side, seconds, func(*audition.Pair) { playing() }); err != nil {
				return err
			}
		}
		return nil
	}
	fmt.Fprint(say, "space: before or after, q: end\n")
	keys, restore, err := keyboard()
	if err != nil {
		return err
	}
	defer restore()
	defer fmt.Fprint(say, "\r\n")
	err = hear(ctx, before, after, audition.After, 0, func(p *audition.Pair) {
		select {
		case key, open := <-keys:
			if !open || strings.ContainsRune("qQ\x03\x04\x1b", rune(key)) {
				cancel()
			}
			press(p, key)
		default:
		}
		fmt.Fprintf(say, "\r%-6s %d:%02d ", p.Heard(), int(p.Seconds())/60, int(p.Seconds())%60)
	})
	if ctx.Err() != nil && cmd.Context().Err() == nil {
		return nil // it was to end
	}
	return err
}

// press changes the side as a key says.
func press(p *audition.Pair, key byte) {
	switch key {
	case ' ', '\t', '\r':
		p.Hear(1 - p.Heard())
	case 'b', 'B', '1':
		p.Hear(audition.Before)
	case 'a', 'A', '2':
		p.Hear(audition.After)
	}
}

// hear plays one side of a pair, for so many seconds unless that is 0, and calls each after
// every hop.
func hear(ctx context.Context, before, after string, side audition.Side, seconds float64, each func(*audition.Pair)) (err error) {
	p, err := audition.Open(before, after)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	p.Hear(side)
	server, err := pulse.Dial(ctx, pulse.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	out, err := server.OpenOutput(hearBuffer)
	if err != nil {
		return err
	}
	defer func() { _ = out.Close() }() // what was to be heard was drained
	for hop := make([]float32, dsp.Hop); seconds == 0 || p.Seconds() < seconds; {
		n, err := p.Read(hop)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if err := out.Write(ctx, hop[:n]); err != nil {
			return err
		}
		each(p)
	}
	return out.Drain()
}

// keyboard takes the keyboard, so that no key needs Enter; restore gives it back.
func keyboard() (keys <-chan byte, restore func(), err error) {
	fd := int(os.Stdin.Fd())
	before, err := term.MakeRaw(fd)
	if err != nil {
		return nil, nil, fmt.Errorf("take the keyboard: %w", err)
	}
	pressed := make(chan byte, 16)
	go func() {
		defer close(pressed)
		for key := make([]byte, 1); ; {
			if n, err := os.Stdin.Read(key); err != nil || n == 0 {
				return
			}
			pressed <- key[0]
		}
	}()
	return pressed, func() { _ = term.Restore(fd, before) }, nil
}

// hearSeconds is how much of each side is played where nobody can press a key.
const hearSeconds = 10

// checkListen refuses to play what cannot be played again: pipes, and several recordings.
func checkListen(b clean.Batch, inPlace bool) error {
	if jobs := b.Jobs; len(jobs) != 1 || len(b.Skipped) > 0 || inPlace || jobs[0].In == "-" || jobs[0].Out == "-" {
		return errors.New("--listen: name one recording, and another file for the result")
	}
	return nil
}

// hearResult plays a recording and the result of an earlier run, which is beside it unless
// it is named.
func hearResult(cmd *cobra.Command, files []string, seconds float64) error {
	before := files[0]
	if len(files) > 1 {
		return hearBoth(cmd, before, files[1], seconds)
	}
	after, err := clean.ResultName(before)
	if err != nil {
		return usageError{err}
	}
	if _, err := os.Stat(after); err != nil {
		return usageError{fmt.Errorf("%s is not there; clean and hear %s with: stillmic clean %[2]s --listen", printable.Text(after),
			printable.Text(before))}
	}
	return hearBoth(cmd, before, after, seconds)
}
