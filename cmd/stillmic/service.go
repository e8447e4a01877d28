package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pulse"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/device"
	"github.com/stillmic/stillmic/daemon/service"
)

const serviceHelp = `Service starts Stillmic when you log in, for you alone and without any privilege:
as a unit of your systemd on Linux (with the tray icon through the desktop's
autostart), as a launchd agent on macOS, as a task at log-on on Windows, where a
service could not reach your microphone.

  stillmic service install      from the next log-in on
  stillmic service start        now
  stillmic service status
  stillmic service uninstall    stop it and take back what install wrote`

func newService() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "service",
		Short: "Start and stop Stillmic, and start it at log-in",
		Long:  serviceHelp,
		Args:  unknownCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		serviceChange("install", "Start Stillmic at every log-in", service.Manager.Install),
		serviceEnd(serviceChange("uninstall", "Stop it and take back what install wrote", service.Manager.Uninstall)),
		serviceVerb("start", "Start it now", service.Manager.Start),
		serviceEnd(withoutService(serviceVerb("stop", "Stop it until the next log-in", service.Manager.Stop), false)),
		withoutService(serviceVerb("restart", "Stop and start it", service.Manager.Restart), true),
		serviceStatus(),
	)
	return cmd
}

// serviceChange is a command that writes or removes files.
func serviceChange(use, short string, change func(service.Manager) (service.Report, error)) *cobra.Command {
	return serviceCommand(use, short, func(cmd *cobra.Command, m service.Manager) error {
		r, err := change(m)
		for _, a := range r.Actions {
			fmt.Fprintf(cmd.OutOrStdout(), "%-8s %s\n", a.Done, tilde(a.Path))
		}
		for _, t := range r.Todo {
			fmt.Fprintf(cmd.OutOrStdout(), "to do    %s\n", t)
		}
		return err
	})
}

// serviceVerb is a command that asks the system's manager for something.
func serviceVerb(use, short string, do func(service.Manager) error) *cobra.Command {
	return serviceCommand(use, short, func(_ *cobra.Command, m service.Manager) error { return do(m) })
}

// serviceEnd has a command that ends the service remove the virtual microphone, too. A
// daemon that is told to stop leaves it to the programs that record it, for it may be
// started again at once.
func serviceEnd(cmd *cobra.Command) *cobra.Command {
	end := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return errors.Join(end(cmd, args), removeLeft(cmd))
	}
	return cmd
}

// withoutService has a command stop a daemon that the system's manager does not know or cannot reach, as
// the icon, the launcher and "stillmic run" have it run, and start it again.
func withoutService(cmd *cobra.Command, again bool) *cobra.Command {
	usual := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := client()
		if err != nil {
			return err
		}
		s, none := c.Status(cmd.Context())
		err = usual(cmd, args)
		if none != nil || err == nil && awaitEnd(cmd.Context(), c, s.PID, systemTime) == nil {
			return err
		}
		if !runs(cmd.Context(), c, s.PID) {
			return err
		}
		if err := interrupt(s.PID); err != nil {
			return err
		}
		if err := awaitEnd(cmd.Context(), c, s.PID, startTime); err != nil || !again {
			return err
		}
		exe, err := os.Executable()
		if err != nil {
			return fmt.Errorf("find this program's own file: %w", err)
		}
		return startDaemon(exe, zap.NewNop())
	}
	return cmd
}

// runs reports whether the daemon with a process ID runs, as far as is known.
func runs(ctx context.Context, c *control.Client, pid int) bool {
	s, err := c.Status(ctx)
	return err == nil && s.PID == pid || err != nil && !errors.Is(err, control.ErrNoDaemon)
}

// interrupt ends a process as Ctrl-C does: recordings of the virtual microphone end, and it is removed.
func interrupt(pid int) error {
	p, err := os.FindProcess(pid)
	if err != nil || pid <= 0 {
		return err
	}
	if err := p.Signal(os.Interrupt); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop Stillmic: %w", err)
	}
	return nil
}

// awaitEnd waits until the daemon with a process ID runs no more, for a time at most.
func awaitEnd(ctx context.Context, c *control.Client, pid int, most time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	for {
		if !runs(ctx, c, pid) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("stop Stillmic: it has not ended after %v", most)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// removeLeft removes a virtual microphone that a daemon has left.
func removeLeft(cmd *cobra.Command) error {
	c, err := client()
	if err != nil {
		return err
	}
	if _, err := c.Status(cmd.Context()); !errors.Is(err, control.ErrNoDaemon) {
		return nil // a daemon runs that is not the service's
	}
	cfg, _, err := runFlags{}.loadToRun() // a mistake in it is not what this is about
	if err != nil {
		return err
	}
	b, ok := backend(cfg).(device.Pulse)
	if !ok {
		return nil
	}
	p, err := pulse.Dial(cmd.Context(), pulse.Options{Server: b.Server})
	if errors.Is(err, audioio.ErrNoServer) {
		return nil
	}
	if err != nil {
		return err
	}
	removed, err := p.Cleanup(cfg.Output.Name)
	if removed > 0 && err == nil {
		fmt.Fprintln(cmd.OutOrStdout(), "removed  "+cfg.Output.Description)
	}
	return errors.Join(err, p.Close())
}

func serviceStatus() *cobra.Command {
	return serviceCommand("status", "Show whether it is installed and running",
		func(cmd *cobra.Command, m service.Manager) error {
			st, err := m.State()
			if err != nil {
				return err
			}
			w := cmd.OutOrStdout()
			fmt.Fprintf(w, "installed  %s\n",
				map[bool]string{true: "yes", false: "no; stillmic service install does it"}[st.Installed])
			for _, f := range st.Files {
				fmt.Fprintf(w, "file       %s\n", tilde(f))
			}
			fmt.Fprintf(w, "manager    %s\n", st.Manager)
			return daemonLine(cmd, w)
		})
}

// daemonLine asks the daemon itself, whoever started it.
func daemonLine(cmd *cobra.Command, w io.Writer) error {
	c, err := client()
	if err != nil {
		return err
	}
	s, err := c.Status(cmd.Context())
	switch {
	case errors.Is(err, control.ErrNoDaemon):
		fmt.Fprintln(w, "daemon     not running")
		return silentError(exitNoDaemon)
	case err != nil:
		return err
	}
	fmt.Fprintf(w, "daemon     pid %d, %s: %s\n", s.PID, s.State, s.Reason)
	return nil
}

func serviceCommand(use, short string, do func(*cobra.Command, service.Manager) error) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Long: short + ".", Args: atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			m, err := service.New()
			if err != nil {
				return err
			}
			return do(cmd, m)
		},
	}
}

// tilde shortens the home folder.
func tilde(path string) string {
	if home, err := os.UserHomeDir(); err == nil {
		if rest, ok := strings.CutPrefix(path, home+string(os.PathSeparator)); ok {
			return "~" + string(os.PathSeparator) + rest
		}
	}
	return path
}
