//go:build linux

// Soak runs the daemon for hours on a private sound server, with a microphone
// whose clock drifts, breaks things and asks for things at random, listens as a
// call would, and says what it heard. scripts/soak builds and starts it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/daemon/priority"
	"github.com/stillmic/stillmic/scripts/documents/figures"
)

func main() {
	good, err := soakMain()
	if err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
	}
	if !good {
		os.Exit(1)
	}
}

func soakMain() (good bool, err error) {
	hours := flag.Float64("hours", 1, "how long")
	seed := flag.Uint64("seed", 1, "of the faults and calls")
	kind := flag.String("server", string(soundserver.PulseAudio), "pulseaudio or pipewire")
	exe := flag.String("stillmic", "stillmic", "the program")
	logPath := flag.String("log", "", "`file` for the daemon's log")
	quiet := flag.Bool("quiet", false, "one line per minute, none per fault and call")
	figuresPath := flag.String("figures", "", "put what the verdict says into this figures.json `file`")
	keep := flag.String("clicks", "", "`folder` for what was heard at a click that nothing excuses, raw float32 at 48 kHz")
	commit := flag.String("commit", "unknown", "of the program, for --figures")
	flag.Parse()
	length := time.Duration(*hours * float64(time.Hour))

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	dir, err := os.MkdirTemp("", "sm-soak")
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if *logPath == "" {
		*logPath = dir + "/daemon.log"
	}
	log, err := os.OpenFile(*logPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return false, err
	}
	defer log.Close()
	priority.Raise() // what measures must not be what is late, and the server not later than that
	server, err := soundserver.Start(soundserver.Kind(*kind), dir)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, server.Close()) }()

	s := &soak{server: server, mic: newMic(server), rand: rand.New(rand.NewPCG(*seed, 0)), log: os.Stdout,
		daemon: &program{exe: *exe, server: server, log: log}, recovered: map[string][]time.Duration{}, restarts: time.Now()}
	if *quiet {
		s.log = io.Discard
	}
	// What a daemon loads late, it has loaded by then.
	r := &report{w: os.Stdout, warmUp: min(5*time.Minute, length/10), keep: *keep}
	r.table = figures.New(fmt.Sprintf("scripts/soak --hours %g --seed %d --server %s", *hours, *seed, *kind), *commit, "figure")
	began := time.Now()
	err = run(ctx, s, length, r)
	good = r.verdict(s, time.Since(began), *seed) && err == nil
	if *figuresPath != "" {
		err = errors.Join(err, r.write(*figuresPath, s))
	}
	return good, err
}
