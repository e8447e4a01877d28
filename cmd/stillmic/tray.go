package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"github.com/stillmic/stillmic/daemon/config"
	"github.com/stillmic/stillmic/daemon/paths"
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

func newTray() *cobra.Command {
	return &cobra.Command{
		Use:   "tray",
		Short: "Show an icon in the panel",
		Long:  trayHelp,
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return runTray(cmd) },
	}
}

func runTray(cmd *cobra.Command) error {
	c, err := client()
	if err != nil {
		return err
	}
	exe, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program's own file: %w", err)
	}
	log, err := newLog(cmd.ErrOrStderr(), config.Default().Log)
	if err != nil {
		return err
	}
	return tray.Run(cmd.Context(), tray.Options{
		Daemon: c,
		Start:  func() error { return startDaemon(exe, log) },
		Page:   func(ctx context.Context) error { _, err := ownCommand(ctx, exe, "page"); return err },
		Test:   func(ctx context.Context) (string, error) { return ownCommand(ctx, exe, "ab") },
		Log:    func(format string, args ...any) { log.Info("tray: " + fmt.Sprintf(format, args...)) },
	})
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
