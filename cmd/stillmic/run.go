package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"github.com/stillmic/stillmic/daemon"
	"github.com/stillmic/stillmic/daemon/config"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/paths"
	"github.com/stillmic/stillmic/daemon/replaced"
	"github.com/stillmic/stillmic/daemon/rules"
	"github.com/stillmic/stillmic/daemon/settings"
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
it, until the file says something else; flags go before both. Where the file has a
mistake, the last good one is used; "stillmic config check" names the mistake, and
"stillmic config print" prints a file with every key.`

// runIntro is what a person on a terminal reads first.
const runIntro = `In Zoom, Teams, Meet, Discord or OBS choose the microphone

    %[2]s

In another terminal:

    %[1]s page      opens the page: levels, replay, every setting
    %[1]s status    says what callers hear

Ctrl-C ends it.

`

// runFlags are the flags of run.
type runFlags struct {
	config, device, strength string
	channel                  int
	networkFlags
	wait bool
}

func newRun() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Start the microphone here, until Ctrl-C",
		Long:  runHelp,
		Args:  atMost(0),
		RunE:  func(cmd *cobra.Command, _ []string) error { return run(cmd, f) },
	}
	configFlag(cmd, &f.config)
	cmd.Flags().StringVar(&f.device, "device", "", "microphone to clean, a `name` from stillmic devices")
	cmd.Flags().IntVar(&f.channel, "channel", 0, "which `input` of the device, from 1 on; 0: the one with the voice")
	cmd.Flags().StringVar(&f.strength, "strength", "", "how much to remove: "+strength.Allowed)
	f.networkFlags.add(cmd, "") // as configured
	cmd.Flags().BoolVar(&f.wait, "wait", false, "wait for a sound server and a microphone that are not there yet")
	return cmd
}

func run(cmd *cobra.Command, f runFlags) error {
	cfg, mistake, err := f.loadToRun()
	if err != nil {
		return err
	}
	given, err := f.settings()
	if err != nil {
		return err
	}
	if err := errors.Join(absolute(&cfg.Suppression.Model), absolute(given.Model)); err != nil {
		return err
	}
	log, err := newLog(cmd.ErrOrStderr(), cfg.Log)
	if err != nil {
		return err
	}
	problem := ""
	if mistake != nil {
		problem = oneLine(mistake)
		log.Error("the last good configuration is used: this one has a mistake", zap.String("mistake", problem))
	}
	begin := settings.Effective(cfg, given, settings.Chosen{}, rules.Verdict{})
	m, err := suppressorFactory(begin.Model, begin.Latency)
	if err != nil {
		return err
	}
	program, err := replaced.New()
	if err != nil {
		return err
	}
	d, err := daemon.New(daemon.Options{
		Config:        cfg,
		ConfigProblem: problem,
		Flags:         given,
		Backend:       backend(cfg),
		Model:         m,
		LoadModel:     suppressorFactory,
		Clean:         cleanApart,
		Wait:          f.wait,
		Page:          web.Handler(),
		Replaced:      program,
		Log:           log,
		Version:       version(),
	})
	if err != nil {
		return err
	}
	if isTerminal(cmd.ErrOrStderr()) {
		name := "stillmic"
		if strings.ContainsRune(os.Args[0], filepath.Separator) {
			name = os.Args[0] // it is not in the PATH
		}
		fmt.Fprintf(cmd.ErrOrStderr(), runIntro, name, toChoose(cfg))
	}
	err = d.Run(cmd.Context())
	if errors.Is(err, daemon.ErrReplaced) {
		return program.Run()
	}
	if d.Left() {
		startRelease(f.config, log)
	}
	if err != nil {
		return waitable{err}
	}
	return nil
}

// settings returns what the flags say.
func (f runFlags) settings() (given settings.Flags, err error) {
	if f.device != "" {
		given.Device = &f.device
	}
	if f.channel != 0 {
		if err := control.CheckChannel(f.channel); err != nil {
			return given, usageError{fmt.Errorf("--channel: %w", err)}
		}
		given.Channel = &f.channel
	}
	if f.model != "" {
		given.Model = &f.model
	}
	if f.latency != "" {
		given.Latency = new(control.LatencyBudget)
		if err := given.Latency.UnmarshalText([]byte(f.latency)); err != nil {
			return given, usageError{fmt.Errorf("--latency: %w", err)}
		}
	}
	if f.strength != "" {
		limit, err := strength.Parse(f.strength)
		if err != nil {
			return given, usageError{fmt.Errorf("--strength: %w", err)}
		}
		given.Strength = &limit
	}
	return given, nil
}

// loadConfig reads the file that the flag names, or the user's own.
func (f runFlags) loadConfig() (config.Config, error) {
	path := f.config
	if path == "" {
		var err error
		if path, err = paths.ConfigPath(); err != nil {
			return config.Config{}, err
		}
	}
	return config.Load(path, f.config != "")
}

// loadToRun reads the file that the flag names, in which a mistake is an error, or the user's own,
// in the place of which the last good one is used where it has a mistake.
func (f runFlags) loadToRun() (cfg config.Config, mistake, err error) {
	if f.config != "" {
		cfg, err = f.loadConfig()
		return cfg, nil, err
	}
	path, err := paths.ConfigPath()
	if err != nil {
		return cfg, nil, err
	}
	state, err := paths.StateDir()
	if err != nil {
		return cfg, nil, err
	}
	return config.LoadOrLast(path, state)
}

// absolute makes the name of a weight file absolute; that of a built-in network stays.
func absolute(name *string) (err error) {
	if name != nil && *name != "" && !slices.Contains(model.Names(), *name) {
		*name, err = filepath.Abs(*name)
	}
	return err
}
