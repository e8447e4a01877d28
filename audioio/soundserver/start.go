package soundserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// packages names the Debian package of each program a kind of server needs.
var packages = map[Kind][][2]string{
	PulseAudio: {{"pulseaudio", "pulseaudio"}},
	PipeWire: {{"dbus-daemon", "dbus"}, {"pipewire", "pipewire-bin"},
		{"wireplumber", "wireplumber"}, {"pipewire-pulse", "pipewire-pulse"}},
}

// checkInstalled reports the first program that is missing and its package.
func (s *Server) checkInstalled() error {
	need, ok := packages[s.Kind]
	if !ok {
		return fmt.Errorf("unknown kind of server %q", s.Kind)
	}
	for _, p := range need {
		if _, err := exec.LookPath(p[0]); err != nil {
			return fmt.Errorf("%s is not installed; install it with: apt-get install %s", p[0], p[1])
		}
	}
	return nil
}

// start brings the processes up and creates the devices.
func (s *Server) start() error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	var err error
	switch s.Kind {
	case PulseAudio:
		err = s.startPulseAudio()
	case PipeWire:
		err = s.startPipeWire(ctx)
	}
	if err != nil {
		return err
	}
	return s.addDevices(ctx)
}

// addDevices creates the speakers and the microphones once the server answers.
func (s *Server) addDevices(ctx context.Context) error {
	if err := s.waitReady(ctx); err != nil {
		return err
	}
	if err := s.addSpeakers(); err != nil {
		return err
	}
	s.mu.Lock()
	mics := s.mics
	s.mics = nil
	s.mu.Unlock()
	for _, m := range mics {
		if err := s.AddMic(m.name, m.rate, m.channels); err != nil {
			return err
		}
	}
	if err := s.SetDefaultSource(FakeMic); err != nil {
		return err
	}
	return s.SetDefaultSink(Speakers)
}

func (s *Server) startPulseAudio() error {
	return s.spawn("pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1",
		"--use-pid-file=no", "--disable-shm=no",
		"--log-level=notice", "--log-target=stderr",
		"-L", "module-native-protocol-unix socket="+strings.TrimPrefix(s.PulseServer, "unix:")+" auth-anonymous=1")
}

// startPipeWire starts the session bus first, because wireplumber exits
// without one, and waits for each socket before the next program needs it.
func (s *Server) startPipeWire(ctx context.Context) error {
	steps := []struct {
		socket string
		args   []string
	}{
		{"bus", []string{"dbus-daemon", "--session", "--nofork", "--nopidfile",
			"--address=unix:path=" + filepath.Join(s.RuntimeDir, "bus")}},
		{"pipewire-0", []string{"pipewire"}},
		{"", []string{"wireplumber"}},
		{"pulse/native", []string{"pipewire-pulse"}},
	}
	for _, st := range steps {
		if err := s.spawn(st.args[0], st.args[1:]...); err != nil {
			return err
		}
		if st.socket == "" {
			continue
		}
		if err := waitFile(ctx, filepath.Join(s.RuntimeDir, st.socket)); err != nil {
			return fmt.Errorf("wait for %s: %w", st.args[0], err)
		}
	}
	return nil
}

func waitFile(ctx context.Context, path string) error {
	for {
		if _, err := os.Stat(path); err == nil {
			return nil
		}
		if err := sleep(ctx, 5*time.Millisecond); err != nil {
			return fmt.Errorf("%s did not appear: %w", path, err)
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// RestartPulse kills the program that speaks PulseAudio's protocol for PipeWire
// and starts it again; the devices it made go with it and come back.
func (s *Server) RestartPulse() error {
	const name = "pipewire-pulse"
	s.mu.Lock()
	i := slices.IndexFunc(s.procs, func(p *process) bool { return p.name == name })
	if i < 0 {
		s.mu.Unlock()
		return fmt.Errorf("%s has no process %s", s.Kind, name)
	}
	p := s.procs[i]
	s.procs = slices.Delete(s.procs, i, i+1)
	s.mu.Unlock()
	p.kill()
	<-p.Ended()
	if err := os.Remove(strings.TrimPrefix(s.PulseServer, "unix:")); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := s.spawn(name); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	return s.addDevices(ctx)
}
