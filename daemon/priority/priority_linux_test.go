package priority

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// nobody is a user without any privilege.
const nobody = 65534

// asNobody runs a test in a process of its own, which begin prepares while it may
// still do anything and which then has the rights of an ordinary user. It reports
// whether this is that process.
func asNobody(t *testing.T, begin func() error) bool {
	t.Helper()
	const mark = "STILLMIC_TEST_AS_NOBODY"
	if os.Getenv(mark) == "" {
		if os.Getuid() != 0 {
			t.Skip("SKIPPED: only the superuser can grant real time and become another user")
		}
		cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
		cmd.Env = append(os.Environ(), mark+"=1")
		out, err := cmd.CombinedOutput()
		t.Logf("%s", out)
		if err != nil {
			t.Error(err)
		}
		return false
	}
	// Whoever runs the tests may have lowered their priority.
	normal := func(tid int) error { return unix.SchedSetAttr(tid, &unix.SchedAttr{Policy: unix.SCHED_NORMAL}, 0) }
	if err := eachThread(normal); err != nil {
		t.Skipf("SKIPPED: the scheduling cannot be prepared here: %v", err)
	}
	if err := begin(); err != nil {
		t.Skipf("SKIPPED: the scheduling cannot be prepared here: %v", err)
	}
	for _, drop := range []func() error{
		func() error { return syscall.Setgroups(nil) },
		func() error { return syscall.Setgid(nobody) },
		func() error { return syscall.Setuid(nobody) },
	} {
		if err := drop(); err != nil {
			t.Fatal(err)
		}
	}
	if err := unix.SchedSetAttr(0, &unix.SchedAttr{Policy: unix.SCHED_RR, Priority: realtimePriority}, 0); err == nil {
		t.Skip("SKIPPED: an ordinary user may do anything here")
	}
	return true
}

// granted is what RealtimeKit sets for a thread.
var granted = unix.SchedAttr{Policy: unix.SCHED_RR, Priority: realtimePriority, Flags: unix.SCHED_FLAG_RESET_ON_FORK}

func grant(tid int) error { return unix.SchedSetAttr(tid, &granted, 0) }

// wantEach checks the scheduling of all threads.
func wantEach(t *testing.T, policy uint32, nice int) {
	t.Helper()
	err := eachThread(func(tid int) error {
		attr, err := unix.SchedGetAttr(tid, 0)
		if err != nil {
			return err
		}
		if n, err := niceOf(tid); err != nil || attr.Policy != policy || n != nice {
			return fmt.Errorf("policy %d, nice %d, %v; want %d and %d", attr.Policy, n, err, policy, nice)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// RealtimeKit's reset-on-fork cannot be removed by an ordinary user, who yet has
// to come back to normal priority.
func TestRestorePriorityAsNobody(t *testing.T) {
	if !asNobody(t, func() error { return eachThread(grant) }) {
		return
	}
	if err := Restore(); err != nil {
		t.Fatal(err)
	}
	wantEach(t, unix.SCHED_NORMAL, 0)
	if err := Lower(); err != nil {
		t.Fatal(err)
	}
	wantEach(t, unix.SCHED_NORMAL, niceBackground)
}

// A better nice level, too, is given back.
func TestRestoreNiceAsNobody(t *testing.T) {
	begin := func() error {
		return eachThread(func(tid int) error { return unix.Setpriority(unix.PRIO_PROCESS, tid, niceLevel) })
	}
	if !asNobody(t, begin) {
		return
	}
	if err := Restore(); err != nil {
		t.Fatal(err)
	}
	wantEach(t, unix.SCHED_NORMAL, 0)
}

// Who starts us with a lower priority keeps it: an ordinary user could not raise
// it, nor leave the idle class.
func TestLowPriorityStaysAsNobody(t *testing.T) {
	idle := unix.SchedAttr{Policy: unix.SCHED_IDLE}
	begin := func() error {
		return eachThread(func(tid int) error {
			if err := unix.SchedSetAttr(tid, &idle, 0); err != nil {
				return err
			}
			return unix.Setpriority(unix.PRIO_PROCESS, tid, 15)
		})
	}
	if !asNobody(t, begin) {
		return
	}
	for _, give := range []func() error{Restore, Lower} {
		if err := give(); err != nil {
			t.Fatal(err)
		}
		wantEach(t, unix.SCHED_IDLE, 15)
	}
}

// A thread that RealtimeKit made real-time and that computes without a pause must
// lose the privilege before the kernel kills the process at the hard limit.
func TestGuardAsNobody(t *testing.T) {
	const kitLimit = 200 * time.Millisecond
	runtime.LockOSThread()
	begin := func() error {
		limit := unix.Rlimit{Cur: uint64(warnAfter.Microseconds()), Max: uint64(kitLimit.Microseconds())}
		if err := unix.Setrlimit(unix.RLIMIT_RTTIME, &limit); err != nil {
			return err
		}
		return grant(0)
	}
	if !asNobody(t, begin) {
		return
	}
	told := make(chan error, 10)
	var jobs sync.WaitGroup
	ctx, cancel := context.WithCancel(t.Context())
	guard(ctx, &jobs, func(err error) { told <- err })
	defer func() { cancel(); jobs.Wait() }()
	for begin := time.Now(); len(told) == 0; { // as a model that hangs does
		if time.Since(begin) > 20*time.Second {
			t.Fatal("nobody was warned")
		}
	}
	if err := <-told; err != nil {
		t.Fatal(err)
	}
	for begin := time.Now(); time.Since(begin) < 2*kitLimit; { // it would have been killed
	}
	wantEach(t, unix.SCHED_NORMAL, 0)
}
