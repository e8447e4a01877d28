package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/stillmic/stillmic/audioio/printable"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/enrol"
	"github.com/stillmic/stillmic/model/voiceprint"
)

const voiceprintHelp = `Voiceprint keeps what tells your voice from others: some hundred numbers in a
file that only you can read. No sound is in it. It stays on this computer, and
"stillmic clean --focus me" lowers every other voice by it.

  stillmic voiceprint enroll --from talk.wav     20 s of your voice alone
  stillmic voiceprint enroll --from a.wav,b.wav  through several microphones
  stillmic voiceprint status
  stillmic voiceprint delete`

func newVoiceprint() *cobra.Command {
	cmd := &cobra.Command{
		Use: "voiceprint", Short: "Enrol your voice", Long: voiceprintHelp, Args: unknownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newEnroll(), newPrintStatus(), newPrintDelete())
	return cmd
}

func newEnroll() *cobra.Command {
	var from []string
	var out string
	var overwrite bool
	var network networkFlags
	cmd := &cobra.Command{
		Use: "enroll --from FILE", Aliases: []string{"enrol"}, Short: "Make the print of a voice from recordings of it",
		Long: voiceprintHelp, Args: atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if len(from) == 0 {
				return usageError{errors.New("name a recording of your voice alone: stillmic voiceprint enroll --from talk.wav")}
			}
			path, err := placeForPrint(out, from, overwrite)
			if err != nil {
				return err
			}
			m, err := network.load()
			if err != nil {
				return err
			}
			p, err := enrol.From(cmd.Context(), m.weights, from)
			if err != nil {
				return err
			}
			if err := enrol.Write(path, p, out == "" || overwrite); err != nil {
				return err
			}
			showPrint(cmd, path, p)
			return nil
		},
	}
	cmd.Flags().StringSliceVar(&from, "from", nil, "recordings in which nobody else speaks, `FILE,...`; 20 s are good")
	cmd.Flags().StringVarP(&out, "out", "o", "", "write the print into this `file`, not to its usual place")
	cmd.Flags().BoolVar(&overwrite, "overwrite", false, "replace the file that --out names; your own print always is")
	network.add(cmd, control.Latency40)
	return cmd
}

// placeForPrint is where a print of some recordings goes. None of them, nor another file, is lost for it unasked.
func placeForPrint(out string, from []string, overwrite bool) (string, error) {
	switch {
	case out == "-":
		return "", usageError{errors.New("--out: name a file; a print is not for the standard output")}
	case out == "" && overwrite:
		return "", usageError{errors.New("--overwrite: name a file with --out, too; your own print is replaced anyway")}
	}
	path, err := printPath(out)
	if err != nil {
		return "", err
	}
	if there, err := os.Stat(path); err == nil {
		for _, recording := range from {
			if st, err := os.Stat(recording); err == nil && os.SameFile(st, there) {
				return "", usageError{fmt.Errorf("--out: %s is the recording; name another file", printable.Text(path))}
			}
		}
	}
	if err = enrol.Writable(path, out == "" || overwrite); errors.Is(err, fs.ErrExist) {
		return "", usageError{fmt.Errorf("%s exists; add --overwrite to replace it, or name another file", printable.Text(path))}
	}
	return path, err
}

// showPrint says where a print lies, of how much speech it is, and whether more would make it better.
func showPrint(cmd *cobra.Command, path string, p *voiceprint.Print) {
	advice := ""
	if p.Seconds < voiceprint.GoodSeconds {
		advice = fmt.Sprintf("; %.0f s tell voices apart better", voiceprint.GoodSeconds)
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s: made from %.0f s of speech%s\n", printable.Text(path), p.Seconds, advice)
}

// printPath is a file for a print, or where that of the user lies.
func printPath(file string) (string, error) {
	if file != "" {
		return file, nil
	}
	return enrol.Path()
}

func newPrintStatus() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "status", Short: "Show whether a voice is enrolled", Args: atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			path, err := enrol.Path()
			if err != nil {
				return err
			}
			p, err := enrol.Read(path)
			if errors.Is(err, enrol.ErrNone) && asJSON {
				return printJSON(cmd, map[string]any{"enrolled": false})
			}
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd, map[string]any{"enrolled": true, "file": path, "seconds": p.Seconds})
			}
			showPrint(cmd, path, p)
			return nil
		},
	}
	jsonFlag(cmd, &asJSON)
	return cmd
}

func newPrintDelete() *cobra.Command {
	return &cobra.Command{
		Use: "delete", Short: "Delete the print", Args: atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			path, err := enrol.Path()
			if err != nil {
				return err
			}
			if err := os.Remove(path); err != nil {
				if errors.Is(err, os.ErrNotExist) {
					return enrol.ErrNone
				}
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s: deleted\n", printable.Text(path))
			return nil
		},
	}
}
