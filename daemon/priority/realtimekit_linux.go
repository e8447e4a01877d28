package priority

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"
	"golang.org/x/sys/unix"
)

// RealtimeKit is the service of desktops that makes threads of ordinary users
// real-time, within limits (https://gitlab.freedesktop.org/pipewire/rtkit).
const (
	kitName = "org.freedesktop.RealtimeKit1"
	kitPath = "/org/freedesktop/RealtimeKit1"

	// kitPatience is how long its answer may take.
	kitPatience = 500 * time.Millisecond

	// warnAfter is how long the thread may compute without waiting for audio
	// before it loses the privilege: 5 hops. The kernel would kill the
	// process at the limit RealtimeKit demands, 200 ms as a rule.
	warnAfter = 50 * time.Millisecond
)

// raiseThread has RealtimeKit make the calling thread real-time, at the
// priority that Raise would give, or the highest allowed below. The
// caller must have locked its goroutine to the thread. Its error is
// context.DeadlineExceeded where RealtimeKit has not answered within kitPatience.
func raiseThread(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, kitPatience)
	defer cancel()
	err := askKit(ctx)
	if late := ctx.Err(); err != nil && late != nil {
		return fmt.Errorf("%w: %w", late, err)
	}
	return err
}

// askKit is raiseThread for as long as ctx lasts.
func askKit(ctx context.Context) error {
	bus, err := dbus.ConnectSystemBus(dbus.WithContext(ctx))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoBus, err)
	}
	defer bus.Close() // nothing is lost by a bad end
	kit := bus.Object(kitName, kitPath)
	var priority int32
	var limit int64 // µs
	if err := kit.StoreProperty(kitName+".MaxRealtimePriority", &priority); err != nil {
		return fmt.Errorf("ask RealtimeKit: %w", absent(err))
	}
	if err := kit.StoreProperty(kitName+".RTTimeUSecMax", &limit); err != nil {
		return fmt.Errorf("ask RealtimeKit: %w", err)
	}
	most := uint64(max(limit, 0))
	if err := unix.Setrlimit(unix.RLIMIT_RTTIME,
		&unix.Rlimit{Cur: min(uint64(warnAfter.Microseconds()), most), Max: most}); err != nil {
		return fmt.Errorf("limit the real time: %w", err)
	}
	call := kit.CallWithContext(ctx, kitName+".MakeThreadRealtime", 0, uint64(unix.Gettid()),
		uint32(min(priority, realtimePriority)))
	if call.Err != nil {
		return fmt.Errorf("ask RealtimeKit: %w", call.Err)
	}
	return nil
}

// absent turns the bus's answers that there is no such service into ErrNotInstalled.
func absent(err error) error {
	if answer, ok := errors.AsType[dbus.Error](err); ok {
		switch answer.Name {
		case "org.freedesktop.DBus.Error.ServiceUnknown", "org.freedesktop.DBus.Error.NameHasNoOwner":
			return fmt.Errorf("%w: %w", ErrNotInstalled, err)
		}
	}
	return err
}

// Try asks RealtimeKit for a thread that ends at once, and returns why it is not granted:
// ErrNoBus, ErrNotInstalled, context.DeadlineExceeded where it does not answer, or what it
// says. Where this process may be real-time without RealtimeKit, nobody is asked.
func Try(ctx context.Context) error {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_RTPRIO, &limit); err == nil && limit.Cur >= realtimePriority {
		return nil
	}
	granted := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		granted <- raiseThread(ctx)
	}()
	return <-granted
}

// guard takes the privilege back, before the kernel kills the process,
// when a thread computes for too long; it calls told then, with what went wrong
// or nil. It returns at once; its goroutine, one of jobs, ends with ctx.
func guard(ctx context.Context, jobs *sync.WaitGroup, told func(error)) {
	warned := make(chan os.Signal, 1)
	signal.Notify(warned, unix.SIGXCPU)
	jobs.Go(func() {
		defer signal.Stop(warned)
		for {
			select {
			case <-ctx.Done():
				return
			case <-warned:
				told(Restore())
			}
		}
	})
}
