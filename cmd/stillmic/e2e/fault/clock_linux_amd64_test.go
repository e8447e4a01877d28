package fault

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// wallClock is the wall clock of one process, which can be made to jump without
// the machine's. It traces the process and adds to what clock_gettime answers;
// so that the process asks the kernel at all, the vDSO is hidden from it.
type wallClock struct {
	jumped atomic.Int64 // seconds
	asked  atomic.Int64 // how often the process has looked
	ended  chan error   // gets how the process ended
}

// startWithClock starts a program under a wallClock. Nobody else may wait for
// the process, whose Process is set.
func startWithClock(cmd *exec.Cmd) (*wallClock, error) {
	c := &wallClock{ended: make(chan error, 1)}
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // the one that traces; it ends with the goroutine
		err := c.start(cmd)
		started <- err
		if err == nil {
			c.ended <- c.trace(cmd.Process.Pid)
		}
	}()
	return c, <-started
}

func (c *wallClock) start(cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true, Setpgid: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	pid := cmd.Process.Pid
	var ws syscall.WaitStatus
	if _, err := syscall.Wait4(pid, &ws, 0, nil); err != nil { // it stops after exec
		return fmt.Errorf("trace: %w", err)
	}
	if err := hideVDSO(pid); err != nil {
		return err
	}
	const options = unix.PTRACE_O_TRACECLONE | unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_EXITKILL
	if err := syscall.PtraceSetOptions(pid, options); err != nil {
		return fmt.Errorf("trace: %w", err)
	}
	return syscall.PtraceSyscall(pid, 0)
}

// hideVDSO takes the vDSO's address from the auxiliary vector of a process that
// has not run yet: above the stack pointer lie argc, argv, 0, the environment, 0
// and the vector (System V ABI, AMD64, 3.4.1).
func hideVDSO(pid int) error {
	const atIgnore, atSysinfoEHDR = 1, 33
	var regs syscall.PtraceRegs
	if err := syscall.PtraceGetRegs(pid, &regs); err != nil {
		return fmt.Errorf("look at the stack: %w", err)
	}
	at := uintptr(regs.Rsp)
	next := func() (uint64, error) {
		var word [8]byte
		_, err := syscall.PtracePeekData(pid, at, word[:])
		at += 8
		return binary.NativeEndian.Uint64(word[:]), err
	}
	argc, err := next()
	at += 8 * (uintptr(argc) + 1)
	for word := uint64(1); err == nil && word != 0; {
		word, err = next()
	}
	for err == nil {
		var kind uint64
		if kind, err = next(); kind == 0 {
			return errors.Join(err, errors.New("no vDSO in the auxiliary vector"))
		}
		if kind == atSysinfoEHDR {
			_, err := syscall.PtracePokeData(pid, at-8, binary.NativeEndian.AppendUint64(nil, atIgnore))
			return err
		}
		at += 8
	}
	return fmt.Errorf("look at the stack: %w", err)
}

// trace runs the process to its end.
func (c *wallClock) trace(pid int) error {
	known := map[int]bool{pid: true}
	var end error
	for {
		var ws syscall.WaitStatus
		tid, err := syscall.Wait4(-pid, &ws, syscall.WALL, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.ECHILD):
			return end
		case err != nil:
			return fmt.Errorf("trace: %w", err)
		}
		if !ws.Stopped() {
			if tid == pid && (ws.Signaled() || ws.ExitStatus() != 0) {
				end = fmt.Errorf("ended with status %d, signal %v", ws.ExitStatus(), ws.Signal())
			}
			continue
		}
		deliver := 0
		switch sig := ws.StopSignal(); {
		case sig == syscall.SIGTRAP|0x80: // a system call begins or ends
			c.answer(tid)
		case sig == syscall.SIGTRAP: // a thread was made
		case sig == syscall.SIGSTOP && !known[tid]: // its first stop
		default:
			deliver = int(sig)
		}
		known[tid] = true
		_ = syscall.PtraceSyscall(tid, deliver) // it fails for one that was killed, which is waited for
	}
}

// answer changes what a call of clock_gettime for the wall clock says as it ends.
func (c *wallClock) answer(tid int) {
	var regs syscall.PtraceRegs
	if syscall.PtraceGetRegs(tid, &regs) != nil || regs.Orig_rax != unix.SYS_CLOCK_GETTIME || regs.Rdi != unix.CLOCK_REALTIME || regs.Rax != 0 {
		return // at its beginning Rax is -ENOSYS
	}
	c.asked.Add(1)
	var seconds [8]byte
	if _, err := syscall.PtracePeekData(tid, uintptr(regs.Rsi), seconds[:]); err != nil {
		return
	}
	now := int64(binary.NativeEndian.Uint64(seconds[:])) + c.jumped.Load()
	_, _ = syscall.PtracePokeData(tid, uintptr(regs.Rsi), binary.NativeEndian.AppendUint64(nil, uint64(now)))
}

// jump moves the clock.
func (c *wallClock) jump(by time.Duration) { c.jumped.Add(int64(by / time.Second)) }

// kill ends the process, if it still runs.
func (c *wallClock) kill(p *os.Process) {
	_ = p.Kill()
	c.ended <- <-c.ended
}
