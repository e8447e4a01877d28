package priority

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"
	"go.uber.org/zap"
	"golang.org/x/sys/unix"

	"github.com/stillmic/stillmic/daemon/dbustest"
)

// mockKit stands for rtkit-daemon, which answers only with polkit and a system
// bus beside it. It does what that does: it makes the thread real-time.
type mockKit struct{ asked chan [2]uint64 }

func (k mockKit) MakeThreadRealtime(tid uint64, priority uint32) *dbus.Error {
	k.asked <- [2]uint64{tid, uint64(priority)}
	err := unix.SchedSetAttr(int(tid), &unix.SchedAttr{Policy: unix.SCHED_RR, Priority: priority, Flags: unix.SCHED_FLAG_RESET_ON_FORK}, 0)
	if err != nil {
		return dbus.MakeFailedError(err)
	}
	return nil
}

// startBus starts a bus of the test's own that takes the place of the system's.
func startBus(t *testing.T) *dbus.Conn {
	t.Helper()
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", dbustest.Start(t))
	conn, err := dbus.ConnectSystemBus()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// It runs in a process of its own, because the limit of real time cannot be
// raised again and other tests compute for longer.
func TestRealtimeKit(t *testing.T) {
	if os.Getenv("STILLMIC_TEST_KIT") == "" {
		cmd := exec.Command(os.Args[0], "-test.run=^TestRealtimeKit$", "-test.v")
		cmd.Env = append(os.Environ(), "STILLMIC_TEST_KIT=1")
		out, err := cmd.CombinedOutput()
		t.Logf("%s", out)
		if err != nil {
			t.Error(err)
		}
		return
	}
	kit := startKit(t)
	runtime.LockOSThread()
	may := unix.SchedSetAttr(0, &unix.SchedAttr{Policy: unix.SCHED_RR, Priority: 1}, 0) == nil
	if err := unix.SchedSetAttr(0, &unix.SchedAttr{Policy: unix.SCHED_NORMAL}, 0); err != nil {
		t.Fatal(err)
	}
	runtime.UnlockOSThread()
	if !may {
		t.Skip("this user may not make threads real-time, so that the mock cannot")
	}
	makesThreadRealtime(t, kit)
	isAskedForEachStream(t, kit)
}

// startKit puts the mock on a bus.
func startKit(t *testing.T) mockKit {
	t.Helper()
	conn := startBus(t)
	kit := mockKit{make(chan [2]uint64, 100)}
	if err := conn.Export(kit, kitPath, kitName); err != nil {
		t.Fatal(err)
	}
	if _, err := prop.Export(conn, kitPath, prop.Map{kitName: {
		"MaxRealtimePriority": {Value: int32(20)},
		"RTTimeUSecMax":       {Value: int64(200_000)},
	}}); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.RequestName(kitName, dbus.NameFlagDoNotQueue); err != nil {
		t.Fatal(err)
	}
	return kit
}

func makesThreadRealtime(t *testing.T, kit mockKit) {
	t.Helper()
	found := make(chan string, 1)
	go func() { // locked, and so its thread ends with it
		runtime.LockOSThread()
		found <- func() string {
			err := raiseThread(t.Context())
			for range 20 { // the machine stood still
				if !errors.Is(err, context.DeadlineExceeded) {
					break
				}
				err = raiseThread(t.Context())
			}
			if err != nil {
				return err.Error()
			}
			if asked := <-kit.asked; asked != [2]uint64{uint64(unix.Gettid()), realtimePriority} {
				return fmt.Sprintf("asked for thread and priority %v, this is thread %d", asked, unix.Gettid())
			}
			attr, err := unix.SchedGetAttr(0, 0)
			if err != nil || attr.Policy != unix.SCHED_RR {
				return fmt.Sprintf("policy %v, %v", attr, err)
			}
			var limit unix.Rlimit
			if err := unix.Getrlimit(unix.RLIMIT_RTTIME, &limit); err != nil || limit.Max != 200_000 || limit.Cur != 50_000 {
				return fmt.Sprintf("limit %v, %v", limit, err)
			}
			return ""
		}()
	}()
	if wrong := <-found; wrong != "" {
		t.Fatal(wrong)
	}
}

// Every stream has a thread of its own, which has to be made real-time anew.
func isAskedForEachStream(t *testing.T, kit mockKit) {
	t.Helper()
	s := NewScheduler(zap.NewNop())
	for stream := range 3 {
		for range 20 { // or the machine stood still
			s.late.Store(0)
			if begins(t.Context(), s) {
				break
			}
		}
		select {
		case <-kit.asked:
		default:
			t.Errorf("nobody asked for the thread of stream %d", stream+1)
		}
	}
}

// begins raises the thread of a stream that ends at once.
func begins(ctx context.Context, s *Scheduler) bool {
	tied := make(chan bool)
	go func() { tied <- s.RaiseThread(ctx) }()
	return <-tied
}

// A service that does not answer is asked for a few streams, because the machine
// may have stood still, and then not waited for again.
func TestRealtimeKitHangs(t *testing.T) {
	conn := startBus(t)
	asked := make(chan string, 10)
	get := func(_, name string) (dbus.Variant, *dbus.Error) {
		asked <- name
		<-t.Context().Done()
		return dbus.Variant{}, nil
	}
	err := conn.ExportMethodTable(map[string]any{"Get": get}, kitPath, "org.freedesktop.DBus.Properties")
	if err == nil {
		_, err = conn.RequestName(kitName, dbus.NameFlagDoNotQueue)
	}
	if err != nil {
		t.Fatal(err)
	}
	s := NewScheduler(zap.NewNop())
	for stream := range kitTries + 2 {
		if s.refused.Load() != (stream >= kitTries) {
			t.Errorf("before stream %d: refused %v", stream+1, s.refused.Load())
		}
		if begins(t.Context(), s) {
			t.Error("nobody answered, and yet the thread is real-time")
		}
	}
	if n := len(asked); n == 0 || n > kitTries {
		t.Errorf("asked %d times", n)
	}
}

// Nobody waits for a service that is not there.
func TestRealtimeKitIsNotRequired(t *testing.T) {
	startBus(t)
	begin := time.Now()
	if err := raiseThread(t.Context()); err == nil {
		t.Fatal("there is no RealtimeKit, and yet it agreed")
	}
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path="+filepath.Join(os.TempDir(), "nowhere"))
	if err := raiseThread(t.Context()); err == nil {
		t.Fatal("there is no bus, and yet it agreed")
	}
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("that took %v", took)
	}
}
