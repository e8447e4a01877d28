package main

import (
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/recording"
	"github.com/stillmic/stillmic/daemon/bench"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/preset"
	"github.com/stillmic/stillmic/daemon/speaker"
	"github.com/stillmic/stillmic/daemon/strength"
	"github.com/stillmic/stillmic/daemon/voice"
	"github.com/stillmic/stillmic/dsp/music"
)

// processStart is as early as the program can look at a clock.
var processStart = time.Now()

const benchHelp = `Bench measures what one hop of 10 ms costs on this computer, from analysis to
synthesis, on one thread and on speech-like input. The stages are measured in a
second run, with the voice processing of the preset "call" behind the network
(stage "post").

With --speaker and --echo Stillmic Speaker and the echo canceller are measured, too, each
in a run of its own, and what a hop of the whole costs then.

With --busy 3ms the processor spins for 3 ms before each hop and touches no memory.
What a hop then costs more is due to other programs, which have used the caches.`

// benchFlags are what the command line says.
type benchFlags struct {
	networkFlags
	asJSON, realTime bool
	speaker, echo    bool
	seconds          float64
	busy             time.Duration
	kernel, input    string
}

func newBench() *cobra.Command {
	var f benchFlags
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure what 10 ms of sound cost",
		Long:  benchHelp,
		Args:  atMost(0),
		RunE:  func(cmd *cobra.Command, _ []string) error { return runBench(cmd, f) },
	}
	flags := cmd.Flags()
	flags.Float64Var(&f.seconds, "seconds", 20, "seconds of audio to run")
	flags.BoolVar(&f.realTime, "real-time", false, "a hop every 10 ms, as in a call, and not one after another")
	flags.DurationVar(&f.busy, "busy", 0, "time before each hop in which the processor spins")
	flags.StringVar(&f.input, "input", "", "recording of 48 kHz to feed (default: a voice with a fan, made here)")
	flags.StringVar(&f.kernel, "kernel", "", "arithmetic to use: go, avx2, avx512 or neon (default: the fastest here)")
	flags.BoolVar(&f.speaker, "speaker", false, "measure Stillmic Speaker, too")
	flags.BoolVar(&f.echo, "echo", false, "measure the echo canceller, too")
	f.add(cmd, control.Latency40)
	jsonFlag(cmd, &f.asJSON)
	return cmd
}

func runBench(cmd *cobra.Command, f benchFlags) error {
	if err := f.check(); err != nil {
		return usageError{err}
	}
	if err := useKernel(f.kernel); err != nil {
		return usageError{fmt.Errorf("--kernel: %w", err)}
	}
	m, err := f.load()
	if err != nil {
		return err
	}
	p, err := preset.Load("call")
	if err != nil {
		return err
	}
	o := bench.Options{
		Seconds: f.seconds, RealTime: f.realTime, BusyWait: f.busy, Started: processStart,
		Weights: m.weights, Chain: voice.New(p.Voice),
	}
	if f.input != "" {
		if o.Input, err = blocksOf(f.input); err != nil {
			return err
		}
	}
	r, err := bench.Run(o)
	if err != nil {
		return err
	}
	if err := f.others(&r); err != nil {
		return err
	}
	if f.asJSON {
		return printJSON(cmd, r)
	}
	printBench(cmd.OutOrStdout(), r)
	return nil
}

// others measures what is asked for beside the microphone's engine.
func (f benchFlags) others(r *bench.Result) error {
	if f.speaker {
		w, err := speaker.Network()
		if err != nil {
			return err
		}
		p := bench.Speaker(speaker.NewCleaner(w, music.New(), strength.Gentle), f.seconds)
		r.Speaker = &p
	}
	if f.echo {
		p := bench.Echo(f.seconds)
		r.Echo = &p
	}
	return nil
}

// check returns what is wrong with the flags.
func (f benchFlags) check() error {
	switch {
	case !(f.seconds >= 1 && f.seconds <= 3600): // or not a number
		return fmt.Errorf("--seconds: %g; use 1 to 3600", f.seconds)
	case f.busy < 0 || f.busy > time.Second:
		return fmt.Errorf("--busy: %v; use 0 to 1s", f.busy)
	case f.busy > 0 && f.realTime:
		return errors.New("--busy and --real-time: use one of them")
	}
	return nil
}

// timesText is how long hops take.
func timesText(q control.Quantiles) string {
	return fmt.Sprintf("%.0f us median, %.0f us p90, %.0f us p99, %.0f us max", q.P50, q.P90, q.P99, q.Max)
}

func printBench(w io.Writer, r bench.Result) {
	fmt.Fprintf(w, "hop of 10 ms    %s, %d hops\n", timesText(r.FrameUS), r.Frames)
	sum := r.FrameUS.P50
	for _, other := range []struct {
		name string
		*bench.Part
	}{{"speaker", r.Speaker}, {"echo", r.Echo}} {
		if p := other.Part; p != nil {
			fmt.Fprintf(w, "%-15s %s, %.2f allocations per hop\n", other.name, timesText(p.FrameUS), p.AllocsPerFrame)
			sum += p.FrameUS.P50
		}
	}
	if r.Speaker != nil || r.Echo != nil {
		fmt.Fprintf(w, "together        %.0f us, %.1f times the microphone's hop\n", sum, sum/r.FrameUS.P50)
	}
	fmt.Fprintf(w, "one core        %.1f %% while streaming\n", 100*r.RealTimeFactor)
	fmt.Fprintf(w, "allocations     %.2f per hop\n", r.AllocsPerFrame)
	fmt.Fprintf(w, "network         %d multiply-adds per hop, kernel %s\n", r.MACsPerFrame, r.Kernel)
	fmt.Fprintf(w, "state           %.0f kB of one stream\n", float64(r.StateBytes)/1000)
	fmt.Fprintf(w, "start           %.0f ms to the first clean hop\n", r.StartMS)
	fmt.Fprintf(w, "memory          %.1f MB resident\n\n", r.RSSMB)

	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "stage, us\tmedian\tp90\tp99\tmax\t")
	for _, s := range r.Stages {
		fmt.Fprintf(table, "%s\t%.1f\t%.1f\t%.1f\t%.1f\t\n", s.Name, s.P50, s.P90, s.P99, s.Max)
	}
	_ = table.Flush() // stdout is gone: nobody is left to be told
}

// blocksOf reads a recording as one channel of whole blocks, the mean of its channels; the
// last block is filled up with silence.
func blocksOf(path string) (samples []float32, err error) {
	r, err := recording.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	if r.Rate() != audioio.SampleRate {
		return nil, fmt.Errorf("%s: its rate is %d Hz, %d is needed; convert it first", path, r.Rate(), audioio.SampleRate)
	}
	frames := make([]float32, audioio.BlockSize*r.Channels())
	for {
		n, err := r.Read(frames)
		if errors.Is(err, io.EOF) {
			missing := (audioio.BlockSize - len(samples)%audioio.BlockSize) % audioio.BlockSize
			return append(samples, make([]float32, missing)...), nil
		} else if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		pcm.MixDown(frames[:n], frames, r.Channels())
		samples = append(samples, frames[:n]...)
	}
}
