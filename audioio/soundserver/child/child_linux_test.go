package child

import (
	"errors"
	"os/exec"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// TestStaysAlive starts programs while threads end: none of them dies with one.
func TestStaysAlive(t *testing.T) {
	var there []*Process
	for range 20 {
		started := make(chan error)
		go func() {
			runtime.LockOSThread() // the thread ends with the goroutine
			p, err := Start(exec.Command("sleep", "600"))
			if err == nil {
				there = append(there, p)
			}
			started <- err
		}()
		if err := <-started; err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(300 * time.Millisecond)
	for i, p := range there {
		select {
		case <-p.Ended():
			t.Errorf("program %d has ended: %v", i, p.Wait())
		default:
		}
		p.End()
		var exit *exec.ExitError
		if err := p.Wait(); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
			t.Errorf("program %d, killed: %v", i, err)
		}
	}
}

// TestAttributes holds that the death signal joins what is asked for.
func TestAttributes(t *testing.T) {
	cmd := exec.Command("sleep", "600")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p, err := Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	defer p.End()
	if group, err := syscall.Getpgid(p.Process.Pid); err != nil || group != p.Process.Pid {
		t.Errorf("process %d is in group %d, %v", p.Process.Pid, group, err)
	}
	if cmd.SysProcAttr.Pdeathsig != syscall.SIGKILL {
		t.Errorf("death signal %v", cmd.SysProcAttr.Pdeathsig)
	}
}

// TestNotThere wants the error of a program that cannot be started.
func TestNotThere(t *testing.T) {
	if _, err := Start(exec.Command("/nowhere/program")); err == nil {
		t.Error("started what is not there")
	}
}
