package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/model"
)

const modelHelp = `Model shows or chooses the network that cleans the running microphone: the name
of a built-in one, a weight file (safetensors), or "auto" for the best one that
"stillmic latency" allows. It changes at once and holds after a restart. A file
that does not fit is refused and changes nothing. On a machine that is too slow
for it, a smaller network takes over for a while. Exit code 3: Stillmic is not running.`

func newModel() *cobra.Command {
	use := setting{
		use: "use NAME|FILE|auto", short: "Choose the network", long: modelHelp,
		candidates: words(append([]string{"auto"}, model.Names()...)...),
		set:        setModel, show: showModel, json: modelJSON,
	}.command()
	use.Args = func(_ *cobra.Command, args []string) error {
		if len(args) != 1 {
			return errors.New("name one network: stillmic model use light; stillmic model list names them")
		}
		return nil
	}
	cmd := setting{
		use: "model [NAME|FILE|auto]", short: "Show or choose the network", long: modelHelp,
		candidates: words(append([]string{"auto"}, model.Names()...)...),
		set:        setModel, show: showModel, json: modelJSON,
	}.command()
	cmd.AddCommand(use, newModelList())
	return cmd
}

// setModel chooses a network by what a person writes.
func setModel(ctx context.Context, c *control.Client, value string) (control.Status, error) {
	switch {
	case value == "auto" || value == "built-in":
		return c.SetModel(ctx, "")
	case slices.Contains(model.Names(), value):
		return c.SetModel(ctx, value)
	}
	path, err := filepath.Abs(value) // the daemon's folder is another
	if err != nil {
		return control.Status{}, fmt.Errorf("find %s: %w", value, err)
	}
	return c.SetModel(ctx, path)
}

func showModel(w io.Writer, s control.Status) {
	fmt.Fprintln(w, s.Model)
	if s.InUse != s.Model {
		fmt.Fprintf(w, "in use: %s (the machine is too slow just now, or on battery)\n", s.InUse)
	}
}

func modelJSON(s control.Status) any {
	return map[string]any{"model": s.Model, "model_in_use": s.InUse, "latency_budget": s.Budget}
}

func newModelList() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Short: "List the built-in networks, best first", Args: atMost(0),
		Long: "List shows the networks within the program, best first. It needs no daemon.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			list, err := builtIn()
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd, list)
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "NAME\tLATENCY\tMULTIPLY-ADDS\tFOR")
			for _, m := range list {
				fmt.Fprintf(w, "%s\t%d ms\t%.1f M a hop\t%s\n", m.Name, m.LatencyMS, float64(m.MultiplyAdds)/1e6, m.For)
			}
			return w.Flush()
		},
	}
	jsonFlag(cmd, &asJSON)
	return cmd
}

// builtInModel is a network within the program.
type builtInModel struct {
	Name         string `json:"name"`
	LatencyMS    int    `json:"latency_ms"`    // without devices
	MultiplyAdds int    `json:"multiply_adds"` // for a hop
	For          string `json:"for"`
}

// builtIn lists the networks of this build.
func builtIn() (list []builtInModel, err error) {
	uses := map[string]string{
		model.NameFull:       "recordings, and calls with 40 ms: the best sound",
		model.NameLowLatency: "calls with 20 ms",
		model.NameLight:      "machines that are too slow for these",
		model.NameSmall:      "machines that are slower still",
	}
	for _, name := range model.Names() {
		w, err := model.Named(name)
		if errors.Is(err, model.ErrNoWeights) {
			continue
		}
		if err != nil {
			return nil, err
		}
		// Delay follows the hop that has to be complete first.
		ms := (w.Delay() + 480) / 48
		list = append(list, builtInModel{name, ms, w.MultiplyAdds(), uses[name]})
	}
	return list, nil
}

func newLatency() *cobra.Command {
	return setting{
		use: "latency [20ms|40ms]", short: "Show or choose how much delay the network may take",
		long: `Latency chooses how much delay the network may take: with 40ms it hears 20 ms
ahead and sounds best, 20ms is for people who play or sing together, or who hear
themselves. The devices' delay comes on top; "stillmic status" shows the whole. It
changes at once and holds after a restart. A network that was chosen by "stillmic
model" stays in use. Exit code 3: Stillmic is not running.`,
		candidates: words("20ms", "40ms"),
		set: func(ctx context.Context, c *control.Client, value string) (control.Status, error) {
			var b control.LatencyBudget
			if err := b.UnmarshalText([]byte(value)); err != nil {
				return control.Status{}, usageError{err}
			}
			return c.SetLatency(ctx, b)
		},
		show: func(w io.Writer, s control.Status) {
			fmt.Fprintf(w, "%s for the network (%s)\n", s.Budget, s.Model)
		},
		json: func(s control.Status) any {
			return map[string]any{"latency_budget": s.Budget, "model": s.Model}
		},
	}.command()
}
