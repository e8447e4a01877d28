package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/preset"
)

func newPreset() *cobra.Command {
	return setting{
		use: "preset [NAME]", short: "Show or use a preset",
		long: `Preset uses the strength and the voice processing of a preset, "none" leaves the
voice as it is. Office brings the focus near, interview the focus off, until
"stillmic focus" says otherwise; with the next preset, or none, the focus of before
is back. Without NAME it lists them; the one in use is marked with *. It holds after
a restart. Exit code 3: Stillmic is not running.

` + presetPurposes(),
		candidates: words(append(preset.Names(), "none")...),
		set: func(ctx context.Context, c *control.Client, value string) (control.Status, error) {
			if value == "none" {
				value = ""
			} else if _, err := preset.Load(value); err != nil {
				return control.Status{}, usageError{err}
			}
			return c.SetPreset(ctx, value)
		},
		show: printPresets,
		json: func(s control.Status) any { return map[string]any{"preset": s.Preset, "presets": preset.Names()} },
	}.command()
}

// presetPurposes says what each preset is for, a line each.
func presetPurposes() string {
	var b strings.Builder
	for _, name := range preset.Names() {
		if p, err := preset.Load(name); err == nil { // all load: they are part of the program
			fmt.Fprintf(&b, "  %-11s %s\n", name, p.Description)
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func printPresets(w io.Writer, s control.Status) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, name := range preset.Names() {
		p, err := preset.Load(name)
		if err != nil {
			continue // all load: they are part of the program
		}
		mark := " "
		if name == s.Preset {
			mark = "*"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", mark, name, p.Strength, p.Description)
	}
	_ = table.Flush() // stdout is gone: nobody is left to be told
}

const voiceHelp = `Voice shows or changes the voice processing of the running microphone, as
NAME=VALUE: declip, hum, plosive, dereverb, breath, click, gate, deess, clarity and
leveller are off, light or strong; target_lufs is the leveller's loudness,
limit_dbtp the highest peak. What is not named stays. "stillmic preset none" turns
all of it off. It holds after a restart. Exit code 3: Stillmic is not running.`

func newVoice() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "voice [NAME=VALUE]...",
		Short: "Show or change the voice processing",
		Long:  voiceHelp,
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return voiceCandidates(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := changeVoice(control.Voice{}, args); err != nil {
				return usageError{err}
			}
			c, err := client()
			if err != nil {
				return err
			}
			st, err := c.Status(cmd.Context())
			if err != nil {
				return err
			}
			if len(args) > 0 {
				v, err := changeVoice(st.Voice, args)
				if err != nil {
					return usageError{err}
				}
				if st, err = c.SetVoice(cmd.Context(), v); err != nil {
					return err
				}
			}
			if asJSON {
				return printJSON(cmd, st.Voice)
			}
			for _, kv := range voicePairs(st.Voice) {
				fmt.Fprintf(cmd.OutOrStdout(), "%-12s %v\n", kv.name, kv.value)
			}
			return nil
		},
	}
	jsonFlag(cmd, &asJSON)
	return cmd
}

type pair struct {
	name  string
	value any
}

// voicePairs lists the settings in the order of their type, by their JSON.
func voicePairs(v control.Voice) (list []pair) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	d := json.NewDecoder(strings.NewReader(string(text)))
	_, _ = d.Token() // {
	for d.More() {
		name, _ := d.Token()
		value, _ := d.Token()
		list = append(list, pair{fmt.Sprint(name), value})
	}
	return list
}

// voiceCandidates are all settings with their values.
func voiceCandidates() (list []string) {
	for _, kv := range voicePairs(control.Voice{}) {
		if _, level := kv.value.(string); !level {
			list = append(list, kv.name+"=")
			continue
		}
		for _, value := range []string{"off", "light", "strong"} {
			list = append(list, kv.name+"="+value)
		}
	}
	return list
}

// changeVoice applies NAME=VALUE by way of JSON, which knows names and types.
func changeVoice(v control.Voice, args []string) (control.Voice, error) {
	for _, arg := range args {
		name, value, ok := strings.Cut(arg, "=")
		if !ok {
			return v, fmt.Errorf("invalid setting %q: write NAME=VALUE, like deess=light", arg)
		}
		if !json.Valid([]byte(value)) {
			text, err := json.Marshal(value)
			if err != nil {
				return v, err
			}
			value = string(text)
		}
		d := json.NewDecoder(strings.NewReader(fmt.Sprintf("{%q: %s}", name, value)))
		d.DisallowUnknownFields()
		if err := d.Decode(v.Fields()); err != nil {
			return v, explainSetting(name, arg, err)
		}
	}
	return v, v.Check()
}

// explainSetting says what is wrong with NAME=VALUE, where JSON's words are for programs.
func explainSetting(name, arg string, err error) error {
	known := voicePairs(control.Voice{})
	i := slices.IndexFunc(known, func(kv pair) bool { return kv.name == name })
	var wrong *json.UnmarshalTypeError
	switch {
	case i < 0:
		var names []string
		for _, kv := range known {
			names = append(names, kv.name)
		}
		return fmt.Errorf("invalid setting %q: use %s", name, strings.Join(names, ", "))
	case errors.As(err, &wrong) && known[i].value == 0.0:
		return fmt.Errorf("invalid setting %q: use a number, like %s=-16", arg, name)
	case errors.As(err, &wrong):
		return fmt.Errorf("invalid setting %q: use off, light or strong", arg)
	}
	return fmt.Errorf("%s: %w", arg, err)
}
