package soundserver

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/stillmic/stillmic/audioio/soundserver/child"
)

// process is one program of a server, in a process group of its own.
type process struct {
	*child.Process

	name string
}

func (p *process) pid() int { return p.Cmd.Process.Pid }

// spawn starts a program with the server's environment and appends what it
// writes to a log in the server's folder.
func (s *Server) spawn(name string, args ...string) error {
	logFile, err := os.OpenFile(filepath.Join(s.RuntimeDir, name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("log of %s: %w", name, err)
	}
	defer logFile.Close() // the program has it
	cmd := exec.Command(name, args...)
	cmd.Dir = s.RuntimeDir
	cmd.Stdout, cmd.Stderr = logFile, logFile
	if s.Kind == PulseAudio {
		cmd.Env = append(s.Env(), "PULSE_STATE_PATH="+filepath.Join(s.RuntimeDir, "state"))
	} else {
		cmd.Env = s.Env()
	}
	// A server must not look for another server to hand its clients to.
	cmd.Env = slices.DeleteFunc(cmd.Env, func(kv string) bool { return strings.HasPrefix(kv, "PULSE_SERVER=") })
	isolate(cmd)
	p, err := child.Start(cmd)
	if err != nil {
		return fmt.Errorf("start %s: %w", name, err)
	}
	s.mu.Lock()
	s.procs = append(s.procs, &process{p, name})
	s.mu.Unlock()
	return nil
}

// exited returns the first process that has ended by itself, or nil.
func (s *Server) exited() *process {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.procs {
		select {
		case <-p.Ended():
			return p
		default:
		}
	}
	return nil
}
