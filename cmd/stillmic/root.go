package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/stillmic/stillmic/daemon/control"
)

const rootHelp = `Stillmic gives every call a quiet microphone. It records the microphone, removes
the noise on this computer, and publishes "Stillmic Microphone", which any app
picks like any other. It cleans recordings, too.

  stillmic service start    start the microphone
  stillmic status           what callers hear
  stillmic clean talk.m4a   clean a recording

Exit codes:
  0  fine
  1  failed
  2  wrong usage
  3  Stillmic is not running, no sound server, or no such device
  4  voiceprint enroll has enrolled, but several people seem to speak
  75 clean --manifest was stopped, or by a fault of the machine: start it again`

// newRoot builds the command tree. began is set once a command line has been
// understood: an error before that is one of usage.
func newRoot(began *bool) *cobra.Command {
	root := &cobra.Command{
		Use:           "stillmic",
		Short:         "A quiet microphone for every call",
		Long:          rootHelp,
		Version:       version(),
		Args:          unknownCommand,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if clicked() {
				return launchPage(cmd)
			}
			return cmd.Help()
		},
		PersistentPreRun: func(*cobra.Command, []string) {
			*began = true
		},
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	for _, g := range []struct {
		title    string
		commands []*cobra.Command
	}{
		{"Calls:", []*cobra.Command{newStatus(), newMute(), newStrength(), newEcho(), newFocus(), newSpeaker(), newBypass(),
			newPreset(), newTalk(), newAB(), newListen(), newPage(), newTray()}},
		{"Recordings:", []*cobra.Command{newClean(), newVoiceprint(), newManifest(), newMeasure()}},
		{"Setup:", []*cobra.Command{newService(), newDevice(), newDevices(), newDefault(), newConfig(),
			newDoctor(), newBugreport()}},
		{"Experts:", []*cobra.Command{newRun(), newBench(), newModel(), newLatency(), newVoice(), newMeter(), newVersion(),
			newMan(), newDemo(), newRelease()}},
	} {
		root.AddGroup(&cobra.Group{ID: g.title, Title: g.title})
		for _, command := range g.commands {
			command.GroupID = g.title
			root.AddCommand(command)
		}
	}
	root.SetHelpCommandGroupID("Experts:")
	root.SetFlagErrorFunc(explainFlag)
	addHelp(root)
	fitHelp(root)
	return root
}

// jsonFlag adds --json to a command that reads something.
func jsonFlag(cmd *cobra.Command, asJSON *bool) {
	cmd.Flags().BoolVar(asJSON, "json", false, "print JSON")
}

// configFlag adds --config to a command that needs what is configured.
func configFlag(cmd *cobra.Command, path *string) {
	cmd.Flags().StringVar(path, "config", "", "configuration `file` (default XDG_CONFIG_HOME/stillmic/stillmic.toml)")
}

// networkFlags are the flags of a command that suppresses by itself.
type networkFlags struct {
	model   string
	latency string
}

// add adds --model and --latency with its default.
func (f *networkFlags) add(cmd *cobra.Command, latency control.LatencyBudget) {
	cmd.Flags().StringVar(&f.model, "model", "", "`network` to use, a name from \"stillmic model list\" or a weight file")
	cmd.Flags().StringVar(&f.latency, "latency", string(latency), "delay that the network may take, 20ms or 40ms")
}

// load loads the network that the flags name.
func (f *networkFlags) load() (network, error) {
	var b control.LatencyBudget
	if err := b.UnmarshalText([]byte(f.latency)); err != nil {
		return network{}, usageError{fmt.Errorf("--latency: %w", err)}
	}
	return loadModel(f.model, b)
}

// printJSON prints v for machines.
func printJSON(cmd *cobra.Command, v any) error { return writeJSON(cmd.OutOrStdout(), "  ", v) }

// writeJSON writes v, each level indented by indent.
func writeJSON(w io.Writer, indent string, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", indent)
	e.SetEscapeHTML(false) // it is no part of a web page
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("print JSON: %w", err)
	}
	return nil
}
