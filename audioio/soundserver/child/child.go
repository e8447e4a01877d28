// Package child starts programs for tests, none of which outlives the test that started it, however that ends.
package child

import (
	"os/exec"
	"runtime"
)

// Process is a program that was started.
type Process struct {
	*exec.Cmd

	ended chan struct{}
	err   error // of its end
}

// Start starts a program, which the kernel kills should this process die without cleaning up (on Linux). Beside
// that signal it leaves the attributes that cmd has.
func Start(cmd *exec.Cmd) (*Process, error) {
	dieWithParent(cmd)
	p, began := &Process{Cmd: cmd, ended: make(chan struct{})}, make(chan error)
	go func() {
		// The death signal is tied to the thread that forks: it stays. Any other may end at any time, as one does with a
		// goroutine that was locked to it.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(p.ended)
		err := cmd.Start()
		began <- err
		if err == nil {
			p.err = cmd.Wait()
		}
	}()
	if err := <-began; err != nil {
		return nil, err
	}
	return p, nil
}

// Ended is closed once the program has ended and was waited for.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Wait waits for the end of the program and returns what exec.Cmd.Wait says of it, as often as it is asked.
func (p *Process) Wait() error {
	<-p.ended
	return p.err
}

// End kills the program and waits for its end.
func (p *Process) End() {
	_ = p.Cmd.Process.Kill() // an error says that it has ended
	<-p.ended
}
