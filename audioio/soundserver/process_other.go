//go:build !linux

package soundserver

import (
	"errors"
	"os/exec"
)

// The sound servers exist on Linux only; elsewhere Start fails because the
// programs are missing, and nothing below is reached.

func isolate(*exec.Cmd) {}

func (p *process) kill() { _ = p.Cmd.Process.Kill() }

func (p *process) pause() error  { return errors.ErrUnsupported }
func (p *process) resume() error { return errors.ErrUnsupported }
