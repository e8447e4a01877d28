package soundserver

import (
	"errors"
	"os/exec"
	"syscall"
)

// isolate puts the program in a process group of its own, so that it and what
// it starts can be killed together.
func isolate(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

// kill kills the process group. An error other than "already gone" is
// impossible for our own children.
func (p *process) kill() { _ = syscall.Kill(-p.pid(), syscall.SIGKILL) }

func (p *process) pause() error  { return p.signal(syscall.SIGSTOP) }
func (p *process) resume() error { return p.signal(syscall.SIGCONT) }

func (p *process) signal(sig syscall.Signal) error {
	if err := syscall.Kill(-p.pid(), sig); err != nil && !errors.Is(err, syscall.ESRCH) {
		return err
	}
	return nil
}
