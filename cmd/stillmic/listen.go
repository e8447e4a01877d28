package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/pulse"
	"github.com/stillmic/stillmic/audioio/wav"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/dsp"
)

const (
	// listenBuffer is what the server holds of what is listened to.
	listenBuffer = 100 * time.Millisecond

	// A level of howlLevel (RMS, -6 dBFS) through half a second is no voice: it
	// is the loudspeaker heard by the microphone.
	howlLevel = 0.5
	howlFor   = audioio.SampleRate / 2
)

const listenHelp = `Listen lets you hear your own microphone through the default output: raw as it
comes in, clean as others hear it, or removed, which is the difference. Use
headphones: through loudspeakers it would feed back, and listen stops when it
hears that. Ctrl-C ends it. Exit code 3: Stillmic is not running.`

// tracks are what can be heard.
var tracks = []string{"clean", "raw", "removed"}

func newListen() *cobra.Command {
	var seconds, gain float64
	cmd := &cobra.Command{
		Use:   "listen raw|clean|removed",
		Short: "Hear yourself",
		Long:  listenHelp,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 || !slices.Contains(tracks, args[0]) {
				return errors.New("say what to hear: stillmic listen clean (or raw, or removed)")
			}
			return nil
		},
		ValidArgs: tracks,
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, cancel := forSeconds(cmd.Context(), seconds)
			defer cancel()
			c, err := client()
			if err != nil {
				return err
			}
			stream, err := c.Listen(ctx, control.Track(args[0]))
			if err != nil {
				return err
			}
			defer stream.Close()
			fmt.Fprintf(cmd.ErrOrStderr(), "You hear yourself (%s). Use headphones; Ctrl-C ends it.\n", args[0])
			err = play(ctx, stream, dsp.Gain(gain))
			if ctx.Err() != nil {
				return nil // it was to end
			}
			return err
		},
	}
	cmd.Flags().Float64Var(&seconds, "seconds", 0, "end after so many `seconds`; 0: on Ctrl-C")
	cmd.Flags().Float64Var(&gain, "gain", -6, "louder or softer by so many `dB`")
	return cmd
}

// play plays a WAV stream through the default output until it ends.
func play(ctx context.Context, stream io.Reader, gain float64) (err error) {
	r, err := wav.NewReader(stream)
	if err != nil {
		return fmt.Errorf("read what the daemon sends: %w", err)
	}
	p, err := pulse.Dial(ctx, pulse.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	out, err := p.OpenOutput(listenBuffer)
	if err != nil {
		return err
	}
	defer func() { _ = out.Close() }() // what was to be heard was drained
	var howl howlGuard
	buf := make([]float32, audioio.BlockSize)
	for {
		n, err := r.Read(buf)
		if n > 0 {
			if howl.hears(buf[:n]) {
				return errors.New("stopped: the microphone hears the loudspeaker; use headphones, or less volume")
			}
			for i := range buf[:n] {
				buf[i] *= float32(gain)
			}
			if err := out.Write(ctx, buf[:n]); err != nil {
				return err
			}
			continue
		}
		if pcm.IsEnd(err) {
			return out.Drain()
		}
		if err != nil {
			return fmt.Errorf("read what the daemon sends: %w", err)
		}
	}
}

// howlGuard finds out that a loudspeaker feeds back into the microphone.
type howlGuard struct{ loud int }

func (g *howlGuard) hears(samples []float32) bool {
	sum := 0.0
	for _, v := range samples {
		sum += float64(v) * float64(v)
	}
	if math.Sqrt(sum/float64(len(samples))) < howlLevel {
		g.loud = 0
		return false
	}
	g.loud += len(samples)
	return g.loud >= howlFor
}
