// Package soundserver starts private sound servers with a fake microphone and
// measures what comes out of them.
//
// The servers are the real ones (PulseAudio, or PipeWire with WirePlumber and
// its pulse server), run in a folder of their own and never touch the user's.
// A fake microphone is a null sink whose monitor is remapped to a source:
// [Server.Play] plays into the sink, and whoever records the source hears it.
//
// The package does not import testing, because the demonstration of the binary
// uses it as well; [StartPulseAudio] and [StartKind] wrap it for tests.
package soundserver

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// Kind is the sort of sound server.
type Kind string

// The servers that can be started.
const (
	PulseAudio Kind = "pulseaudio"
	PipeWire   Kind = "pipewire"
)

const (
	// FakeMic is the source name of the fake microphone of a new server.
	FakeMic = "fakemic"

	// FakeMicSink is the sink to play into to be heard by FakeMic.
	FakeMicSink = FakeMic + "_sink"

	// Speakers is the name of the default sink of a new server.
	Speakers = "speakers"

	// startTimeout is generous: a server is up in 30 to 300 ms, but a machine
	// that trains a network beside the tests may take many times that.
	startTimeout = 20 * time.Second

	// maxSocketPath is the longest path of a unix socket: 108 bytes in
	// sockaddr_un, less the closing zero.
	maxSocketPath = 107
)

// Server is a private sound server.
type Server struct {
	// Kind says which server this is.
	Kind Kind

	// RuntimeDir is the folder that holds its sockets, state and logs. It is
	// also XDG_RUNTIME_DIR and HOME of the processes.
	RuntimeDir string

	// PulseServer is the address for PULSE_SERVER, "unix:/...".
	PulseServer string

	awake *os.File // see keepAwake; nil where it cannot be had

	mu    sync.Mutex // guards what follows
	procs []*process // in the order they were started
	mics  []mic      // created again by Restart
}

// mic is a fake microphone and the modules that make it.
type mic struct {
	name           string
	rate, channels int
	modules        []uint32
}

// Start starts a private server of the given kind in dir, which must exist and
// should be empty, and adds the fake microphone and a pair of speakers as the
// default devices. The caller must call Close.
func Start(kind Kind, dir string) (*Server, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("folder of the server: %w", err)
	}
	s := &Server{Kind: kind, RuntimeDir: abs}
	socket := filepath.Join(abs, "pulse", "native")
	if len(socket) > maxSocketPath {
		return nil, fmt.Errorf("folder %s: the socket path %s is longer than %d bytes; use a shorter folder", abs, socket,
			maxSocketPath)
	}
	s.PulseServer = "unix:" + socket
	if err := s.checkInstalled(); err != nil {
		return nil, err
	}
	for _, d := range []string{"pulse", "config", "state", "cache"} {
		if err := os.MkdirAll(filepath.Join(abs, d), 0o700); err != nil {
			return nil, fmt.Errorf("make the server's folder: %w", err)
		}
	}
	if s.awake, err = keepAwake(); err != nil {
		return nil, fmt.Errorf("keep the processors awake: %w", err)
	}
	s.mics = []mic{{name: FakeMic, rate: 48000, channels: 1}}
	if err := s.start(); err != nil {
		logs := s.Logs()
		return nil, errors.Join(fmt.Errorf("start %s: %w\n%s", kind, err, logs), s.Close())
	}
	return s, nil
}

// Kill kills every process of the server at once, as a crash would.
func (s *Server) Kill() {
	s.mu.Lock()
	procs := s.procs
	s.procs = nil
	s.mu.Unlock()
	for _, p := range slices.Backward(procs) {
		p.kill()
	}
	for _, p := range procs {
		<-p.Ended()
	}
	// Sockets left behind by the dead would look like a server that is up.
	for _, f := range []string{"bus", "pipewire-0", "pipewire-0.lock", "pulse/native"} {
		if err := os.Remove(filepath.Join(s.RuntimeDir, f)); err != nil && !errors.Is(err, os.ErrNotExist) {
			fmt.Fprintln(os.Stderr, "soundserver:", err)
		}
	}
}

// Restart kills the server and starts it again at the same address, with the
// same microphones.
func (s *Server) Restart() error {
	s.Kill()
	if err := s.start(); err != nil {
		return fmt.Errorf("restart %s: %w\n%s", s.Kind, err, s.Logs())
	}
	return nil
}

// Close ends the server. The folder stays for the caller to remove.
func (s *Server) Close() error {
	s.Kill()
	if s.awake == nil {
		return nil
	}
	return s.awake.Close()
}

// Pause stops every process of the server (SIGSTOP), as an overloaded or
// suspended machine would. Resume lets it go on.
func (s *Server) Pause() error { return s.eachProcess((*process).pause) }

// Resume continues a paused server.
func (s *Server) Resume() error { return s.eachProcess((*process).resume) }

func (s *Server) eachProcess(do func(*process) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.procs {
		if err := do(p); err != nil {
			return fmt.Errorf("%s (process %d): %w", p.name, p.pid(), err)
		}
	}
	return nil
}

// Pids returns the process ids of the server's processes by program name.
func (s *Server) Pids() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := make(map[string]int, len(s.procs))
	for _, p := range s.procs {
		m[p.name] = p.pid()
	}
	return m
}
