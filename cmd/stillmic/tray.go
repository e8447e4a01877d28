package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"github.com/stillmic/stillmic/daemon"
	"github.com/stillmic/stillmic/daemon/config"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/keys"
	"github.com/stillmic/stillmic/daemon/messages"
	"github.com/stillmic/stillmic/daemon/paths"
	"github.com/stillmic/stillmic/daemon/replaced"
	"github.com/stillmic/stillmic/daemon/service"
	"github.com/stillmic/stillmic/daemon/tray"
)

const trayHelp = `Tray shows an icon in the panel and controls the microphone from its menu:

  green     removing noise, or ready to
  grey      noise removal is off
  red       muted
  blue      waiting for a microphone or for the computer's sound
  orange    there is a problem; the first line of the menu says which

The icon follows the daemon, whoever starts, stops or controls it. Closing the
icon leaves the microphone as it is. GNOME needs the extension "AppIndicator and
KStatusNotifierItem Support" to show icons at all.`

// trayLooks is how often the icon looks whether another version is installed.
const trayLooks = 10 * time.Second

func newTray() *cobra.Command {
	var start bool
	cmd := &cobra.Command{
		Use:   "tray",
		Short: "Show an icon in the panel",
		Long:  trayHelp,
		Args:  atMost(0),
		RunE:  func(cmd *cobra.Command, _ []string) error { return runTray(cmd, start) },
	}
	cmd.Flags().BoolVar(&start, "start", false, "start Stillmic, too, where it does not run")
	return cmd
}

func runTray(cmd *cobra.Command, start bool) error {
	c, err := client()
	if err != nil {
		return err
	}
	program, err := replaced.New()
	if err != nil {
		return err
	}
	exe := program.Path()
	text, err := messages.ForSystem()
	if err != nil {
		return err
	}
	log, err := newLog(cmd.ErrOrStderr(), config.Default().Log)
	if err != nil {
		return err
	}
	if start {
		if err := ensureRunning(cmd.Context(), exe, log); err != nil {
			log.Info("start Stillmic with the icon", zap.Error(err)) // the icon says so, too
		}
	}
	ctx, end := context.WithCancelCause(cmd.Context())
	defer end(nil)
	go func() {
		for range time.Tick(trayLooks) {
			if program.Replaced() {
				end(daemon.ErrReplaced)
				return
			}
		}
	}()
	err = tray.Run(ctx, tray.Options{
		Daemon: c,
		Text:   text,
		Start:  func() error { return startDaemon(exe, log) },
		Stop:   stopDaemon,
		Greet:  greet,
		Keys:   globalKeys(),
		KeysWanted: func() bool {
			_, err := os.Stat(keysWantedPath())
			return err == nil
		},
		Page: func(ctx context.Context) error { _, err := ownCommand(ctx, exe, "page"); return err },
		Test: func(ctx context.Context) (string, error) { return ownCommand(ctx, exe, "ab") },
		Log:  func(format string, args ...any) { log.Info("tray: " + fmt.Sprintf(format, args...)) },
	})
	if errors.Is(context.Cause(ctx), daemon.ErrReplaced) {
		return program.Run()
	}
	return err
}

// ownCommand runs another command of this program, as the person could.
func ownCommand(ctx context.Context, exe string, args ...string) (string, error) {
	run := exec.CommandContext(ctx, exe, args...)
	run.WaitDelay = time.Second // for a browser that has inherited its output
	out, err := run.Output()
	if errors.Is(err, exec.ErrWaitDelay) {
		err = nil
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) && len(exit.Stderr) > 0 {
		return "", complaint(exit.Stderr)
	}
	if err != nil {
		return "", fmt.Errorf("stillmic %s: %w", strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(out)), nil
}

// keysWantedPath is a file that is there when the person wants global shortcuts.
func keysWantedPath() string {
	dir, err := paths.StateDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "shortcuts")
}

// globalKeys listens to the desktop's shortcuts, and remembers whether they are wanted.
func globalKeys() func(context.Context, []keys.Shortcut, keys.Handlers) error {
	if runtime.GOOS != "linux" {
		return nil
	}
	return func(ctx context.Context, list []keys.Shortcut, told keys.Handlers) error {
		bus, err := dbus.ConnectSessionBus(dbus.WithContext(ctx))
		if err != nil {
			return fmt.Errorf("%w: %w", keys.ErrNoPortal, err)
		}
		defer bus.Close()
		path := keysWantedPath()
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, nil, 0o600)); err != nil {
			return err
		}
		err = keys.Listen(ctx, bus, "stillmic", list, told)
		if errors.Is(err, keys.ErrRefused) {
			err = errors.Join(err, os.Remove(path)) // it does not ask again by itself
		}
		return err
	}
}

// greet reports whether this user was never told how to begin, and remembers that now he is.
func greet() bool {
	dir, err := paths.StateDir()
	if err != nil || os.MkdirAll(dir, 0o700) != nil {
		return false
	}
	f, err := os.OpenFile(filepath.Join(dir, "greeted"), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	return err == nil && f.Close() == nil
}

// stopDaemon stops the service, or a daemon that runs without, or that its manager cannot stop.
func stopDaemon(pid int) error {
	c, err := client()
	if err != nil {
		return err
	}
	defer c.Close()
	if m, err := service.New(); err == nil && m.Stop() == nil && awaitEnd(context.Background(), c, pid, systemTime) == nil {
		return nil
	}
	if !runs(context.Background(), c, pid) {
		return nil
	}
	return interrupt(pid)
}

const (
	// systemTime is how long the system's manager has to start the daemon at log-in by itself.
	systemTime = 2 * time.Second

	// startTime is how long the daemon has to answer after its start.
	startTime = 15 * time.Second
)

// ensureRunning starts the daemon where none runs, and waits until it answers.
func ensureRunning(ctx context.Context, exe string, log *zap.Logger) error {
	c, err := client()
	if err != nil {
		return err
	}
	answers := func(most time.Duration) (err error) {
		for begin := time.Now(); time.Since(begin) < most && ctx.Err() == nil; time.Sleep(100 * time.Millisecond) {
			if _, err = c.Status(ctx); !errors.Is(err, control.ErrNoDaemon) {
				return err
			}
		}
		return err
	}
	if err := answers(systemTime); !errors.Is(err, control.ErrNoDaemon) {
		return err
	}
	if err := startDaemon(exe, log); err != nil {
		return err
	}
	return answers(startTime)
}

// startDaemon starts the service, or the daemon alone where there is none.
func startDaemon(exe string, log *zap.Logger) error {
	if m, err := service.New(); err == nil {
		if st, err := m.State(); err == nil && st.Installed {
			if err = m.Start(); err == nil {
				return nil
			}
			log.Info("start the daemon without the service", zap.Error(err))
		}
	}
	dir, err := paths.StateDir()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("folder of the log: %w", err)
	}
	out, err := os.Create(filepath.Join(dir, "run.log"))
	if err != nil {
		return fmt.Errorf("log of the daemon: %w", err)
	}
	defer out.Close()
	run := exec.Command(exe, "run", "--wait")
	run.Stderr = out
	detach(run)
	if err := run.Start(); err != nil {
		return fmt.Errorf("start the daemon: %w", err)
	}
	go func() { _ = run.Wait() }() // its end shows in the icon
	return nil
}
