package main

import (
	"errors"
	"os"
	"os/exec"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pulse"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/device"
	"github.com/stillmic/stillmic/daemon/priority"
)

// newRelease is the command that removes the virtual microphone which a daemon has left, once no
// program records it any more. The daemon starts it; people need not know.
func newRelease() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use: "release", Short: "Remove Stillmic Microphone once no program records it", Hidden: true,
		Long: `Release waits until no program records the Stillmic Microphone that a daemon has
left, and removes it, unless another daemon has taken it over.`,
		Args: atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error { return releaseMic(cmd, f) },
	}
	configFlag(cmd, &f.config)
	return cmd
}

func releaseMic(cmd *cobra.Command, f runFlags) error {
	if err := priority.Restore(); err != nil { // the daemon's, which started it
		return err
	}
	cfg, err := f.loadConfig()
	if err != nil {
		return err
	}
	b, ok := backend(cfg).(device.Pulse)
	if !ok {
		return nil
	}
	c, err := client()
	if err != nil {
		return err
	}
	p, err := pulse.Dial(cmd.Context(), pulse.Options{Server: b.Server})
	if errors.Is(err, audioio.ErrNoServer) {
		return nil
	}
	if err != nil {
		return err
	}
	takenOver := func() bool {
		_, err := c.Status(cmd.Context())
		return !errors.Is(err, control.ErrNoDaemon)
	}
	err = p.AwaitRelease(cmd.Context(), cfg.Output.Name, takenOver)
	if err == nil && !takenOver() {
		_, err = p.Cleanup(cfg.Output.Name)
	}
	return errors.Join(err, p.Close())
}

// startRelease starts a process that removes what this one leaves to the programs that record it.
func startRelease(config string, log *zap.Logger) {
	exe, err := os.Executable()
	if err == nil {
		args := []string{"release"}
		if config != "" {
			args = append(args, "--config", config)
		}
		cmd := exec.Command(exe, args...)
		detach(cmd)
		if err = cmd.Start(); err == nil {
			err = cmd.Process.Release()
		}
	}
	if err != nil {
		log.Warn("Stillmic Microphone stays until the next start", zap.Error(err))
	}
}
