// Package demo shows on a private sound server what stillmic does, and measures
// it: a noisy voice, made here, is played into a fake microphone, the program
// runs on it as it would on a desk, and what comes out of Stillmic Microphone
// is compared with what went in.
package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"time"

	"github.com/stillmic/stillmic/audioio/pulse"
	"github.com/stillmic/stillmic/audioio/soundserver"
)

// startTimeout is how long the daemon may take to publish its microphone on a
// busy machine.
const startTimeout = 20 * time.Second

// Stage is a private sound server with the daemon running on it.
type Stage struct {
	*soundserver.Server
	dir    string
	daemon *exec.Cmd
	ended  chan error
}

// NewStage starts a server and on it the program exe with "run" and args. Its
// log goes to log. The caller must call Close.
func NewStage(kind soundserver.Kind, exe string, log *os.File, args ...string) (*Stage, error) {
	dir, err := os.MkdirTemp("", "stillmic")
	if err != nil {
		return nil, fmt.Errorf("folder for the sound server: %w", err)
	}
	s := &Stage{dir: dir}
	if s.Server, err = soundserver.Start(kind, dir); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	s.daemon = exec.Command(exe, append([]string{"run"}, args...)...)
	s.daemon.Env = s.Env()
	s.daemon.Stderr = log
	s.ended = make(chan error, 1)
	if err := s.daemon.Start(); err != nil {
		s.daemon = nil
		return nil, errors.Join(fmt.Errorf("start the daemon: %w", err), s.Close())
	}
	go func() { s.ended <- s.daemon.Wait() }()
	if err := s.waitMic(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// waitMic waits until Stillmic Microphone is there.
func (s *Stage) waitMic() error {
	deadline := time.Now().Add(startTimeout)
	for {
		names, err := s.Sources()
		if err != nil {
			return err
		}
		if slices.Contains(names, pulse.MicName) {
			return nil
		}
		select {
		case err := <-s.ended:
			s.ended <- err
			return fmt.Errorf("the daemon ended at once: %w", err)
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("no Stillmic Microphone after %v", startTimeout)
		}
	}
}

// watchCPU returns a function that says which share of one core, in percent, the daemon
// has taken since so long after now. It is to be called later than that.
func (s *Stage) watchCPU(after time.Duration) (share func() (percent float64, err error)) {
	type reading struct {
		at  time.Time
		cpu time.Duration
		err error
	}
	read := func() reading {
		cpu, err := soundserver.CPUTime(s.daemon.Process.Pid)
		return reading{time.Now(), cpu, err}
	}
	first := make(chan reading, 1)
	timer := time.AfterFunc(after, func() { first <- read() })
	return func() (float64, error) {
		if timer.Stop() {
			return 0, fmt.Errorf("processor time of the daemon: asked for within %v", after)
		}
		from, to := <-first, read()
		return 100 * float64(to.cpu-from.cpu) / float64(to.at.Sub(from.at)), errors.Join(from.err, to.err)
	}
}

// StopDaemon ends the daemon as Ctrl-C does, and waits for it.
func (s *Stage) StopDaemon() error {
	if s.daemon == nil {
		return nil
	}
	if err := s.daemon.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop the daemon: %w", err)
	}
	select {
	case err := <-s.ended:
		s.ended <- err
		if err != nil {
			return fmt.Errorf("the daemon ended badly: %w", err)
		}
		return nil
	case <-time.After(startTimeout):
		return errors.Join(fmt.Errorf("the daemon did not stop in %v", startTimeout), s.daemon.Process.Kill())
	}
}

// Close ends the daemon and the server and removes the folder.
func (s *Stage) Close() error {
	err := s.StopDaemon()
	return errors.Join(err, s.Server.Close(), os.RemoveAll(s.dir))
}

// play plays samples in a loop into the fake microphone until stop is called,
// which returns what went wrong.
func (s *Stage) play(ctx context.Context, next func([]float32) int) (stop func() error) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- s.PlayFunc(ctx, soundserver.FakeMicSink, next) }()
	return func() error {
		cancel()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			return err
		}
		return nil
	}
}
