package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/stillmic/stillmic/daemon/config"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/enrol"
	"github.com/stillmic/stillmic/daemon/messages"
)

// guided has the user read a text aloud: the daemon hears it through its microphone, or without a
// daemon we do.
func (f enrollFlags) guided(cmd *cobra.Command) error {
	for _, name := range []string{"out", "overwrite", "model", "latency"} {
		if cmd.Flags().Changed(name) {
			return usageError{fmt.Errorf("--%s: name recordings with --from, too", name)}
		}
	}
	path, err := enrol.Path()
	if err != nil {
		return err
	}
	c, err := client()
	if err != nil {
		return err
	}
	texts, err := messages.ForSystem()
	if err != nil {
		return err
	}
	var v enrolView = &enrolLines{w: cmd.OutOrStdout(), told: -1}
	if isTerminal(cmd.OutOrStdout()) {
		v = &enrolScreen{w: cmd.OutOrStdout()}
	}
	var last enrol.Progress
	showing := false
	tell := func(p enrol.Progress) error {
		if !showing {
			showing = true
			showText(cmd.OutOrStdout(), texts.Text("enrol.text"))
		}
		last = p
		if p.State != enrol.Listening {
			return nil
		}
		return v.show(p)
	}
	err = c.Enrol(cmd.Context(), f.new, tell)
	if errors.Is(err, control.ErrNoDaemon) && !showing {
		err = f.direct(cmd.Context(), path, tell)
	}
	v.end()
	switch {
	case cmd.Context().Err() != nil && last.State != enrol.Done:
		return errors.New("stopped; the print was left as it was")
	case last.State == enrol.Failed && last.Reason == enrol.ErrOther.Error():
		return withNew(enrol.ErrOther)
	case last.State == enrol.Failed:
		return errors.New(last.Reason)
	case err != nil:
		return err
	case last.Result == nil:
		return control.ErrCutOff
	}
	return showResult(cmd, path, *last.Result)
}

// direct enrols through the default microphone, without a daemon.
func (f enrollFlags) direct(ctx context.Context, path string, tell func(enrol.Progress) error) (err error) {
	cfg, err := runFlags{config: f.config}.loadConfig()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	hops, closing, err := microphone(ctx, cfg)
	if err != nil {
		cancel()
		return err
	}
	defer func() {
		cancel()
		err = errors.Join(err, closing())
	}()
	return enrol.Run(ctx, hops, path, f.new, tell)
}

// microphone opens the configured microphone. hops is closed when it is gone, or ctx ends; closing gives it back.
func microphone(ctx context.Context, cfg config.Config) (hops <-chan enrol.Hop, closing func() error, err error) {
	srv, err := backend(cfg).Dial(ctx)
	if err != nil {
		return nil, nil, err
	}
	src, err := srv.OpenSource(cfg.Microphone.Device)
	if err != nil {
		return nil, nil, errors.Join(err, srv.Close())
	}
	heard, ended := make(chan enrol.Hop), make(chan struct{})
	go func() {
		defer close(ended)
		defer close(heard)
		for {
			var h enrol.Hop
			if src.ReadBlock(&h.Sound) != nil {
				return
			}
			select {
			case heard <- h:
			case <-ctx.Done():
				return
			}
		}
	}()
	return heard, func() error {
		err := errors.Join(src.Close(), srv.Close())
		<-ended
		return err
	}, nil
}

// showText says what to do, and shows what to read.
func showText(w io.Writer, text string) {
	fmt.Fprint(w, "Read this aloud, as you speak in a call, again from the top if you come to its\n"+
		"end. It stops after 20 s of speech; with Ctrl-C before, and nothing is kept.\n\n")
	for _, line := range wrapped(text, 76) {
		fmt.Fprintln(w, "  "+line)
	}
	fmt.Fprintln(w)
}
