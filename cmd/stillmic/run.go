package main

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/stillmic/stillmic/daemon"
	"github.com/stillmic/stillmic/daemon/config"
	"github.com/stillmic/stillmic/daemon/paths"
	"github.com/stillmic/stillmic/daemon/strength"
	"github.com/stillmic/stillmic/daemon/web"
	"github.com/stillmic/stillmic/model"
)

const runHelp = `Run records the microphone, cleans it and publishes "Stillmic Microphone" until
it is told to stop (Ctrl-C, SIGTERM). Whatever happens later - the microphone is
unplugged, the sound server restarts - it waits and goes on.

Ctrl-C ends the recordings of Stillmic Microphone and removes it. After SIGTERM or a
crash it stays for the programs that record it: they hear silence, never the
microphone itself, until stillmic is started again, which takes it over, or
"stillmic service stop" removes it.

Settings come from the configuration file, XDG_CONFIG_HOME/stillmic/stillmic.toml.
What was chosen since through the tray, the page or the command line goes before
it, until the file says something else; flags go before both. configs/stillmic.toml shows every key.`

// runFlags are the flags of run.
type runFlags struct {
	config, device, strength string
	networkFlags
	wait bool
}

func newRun() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Start the microphone",
		Long:  runHelp,
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return run(cmd, f) },
	}
	configFlag(cmd, &f.config)
	cmd.Flags().StringVar(&f.device, "device", "", "microphone to clean, a `name` from stillmic devices")
	cmd.Flags().StringVar(&f.strength, "strength", "", "how much to remove: "+strength.Allowed)
	f.networkFlags.add(cmd, "") // as configured
	cmd.Flags().BoolVar(&f.wait, "wait", false, "wait for a sound server and a microphone that are not there yet")
	return cmd
}

func run(cmd *cobra.Command, f runFlags) error {
	cfg, err := loadConfig(f)
	if err != nil {
		return err
	}
	if m := cfg.Suppression.Model; m != "" && !slices.Contains(model.Names(), m) {
		if cfg.Suppression.Model, err = filepath.Abs(cfg.Suppression.Model); err != nil {
			return err
		}
	}
	log, err := newLog(cmd.ErrOrStderr(), cfg.Log)
	if err != nil {
		return err
	}
	m, err := maker(cfg.Suppression.Model, cfg.Suppression.Latency)
	if err != nil {
		return err
	}
	d, err := daemon.New(daemon.Options{
		Config:    cfg,
		Given:     f.given(),
		Backend:   backend(cfg),
		Model:     m,
		LoadModel: maker,
		Clean:     cleanApart,
		Wait:      f.wait,
		Page:      web.Handler(),
		Log:       log,
		Version:   version(),
	})
	if err != nil {
		return err
	}
	if err := d.Run(cmd.Context()); err != nil {
		return fmt.Errorf("%w%s", err, hint(err))
	}
	return nil
}

// given lists the keys of the configuration that flags have set.
func (f runFlags) given() (keys []string) {
	for key, value := range map[string]string{
		"microphone.device": f.device, "suppression.strength": f.strength, "suppression.model": f.model, "suppression.latency": f.latency,
	} {
		if value != "" {
			keys = append(keys, key)
		}
	}
	return keys
}

// loadConfig reads the file and puts the flags over it.
func loadConfig(f runFlags) (config.Config, error) {
	path := f.config
	if path == "" {
		var err error
		if path, err = paths.ConfigPath(); err != nil {
			return config.Config{}, err
		}
	}
	cfg, err := config.Load(path, f.config != "")
	if err != nil {
		return cfg, err
	}
	if f.device != "" {
		cfg.Microphone.Device = f.device
	}
	if f.model != "" {
		cfg.Suppression.Model = f.model
	}
	if f.latency != "" {
		if err := cfg.Suppression.Latency.UnmarshalText([]byte(f.latency)); err != nil {
			return cfg, usageError{fmt.Errorf("--latency: %w", err)}
		}
	}
	if f.strength != "" {
		if cfg.Suppression.Strength, err = strength.Parse(f.strength); err != nil {
			return cfg, usageError{fmt.Errorf("--strength: %w", err)}
		}
	}
	return cfg, nil
}
