package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/stillmic/stillmic/audioio/printable"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/enrol"
	"github.com/stillmic/stillmic/model/voiceprint"
)

const voiceprintHelp = `Voiceprint keeps what tells your voice from others: some hundred numbers in a
file that only you can read. No sound is in it, and it stays on this computer. By it
"stillmic focus me" lowers every other voice in calls, "stillmic clean --focus me" in
recordings.

  stillmic voiceprint enroll                     read a text aloud
  stillmic voiceprint enroll --from talk.wav     20 s of your voice alone
  stillmic voiceprint status
  stillmic voiceprint delete

Enrol through every microphone that you use: each time is added to the print, and
--new begins anew. Ctrl-C leaves the print as it was. Exit code 4: enrolled, but
several people seem to speak. Exit code 3: no sound server, or no microphone.`

func newVoiceprint() *cobra.Command {
	cmd := &cobra.Command{
		Use: "voiceprint", Short: "Enrol your voice", Long: voiceprintHelp, Args: unknownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newEnroll(), newPrintStatus(), newPrintDelete())
	return cmd
}

// enrollFlags are the flags of "voiceprint enroll".
type enrollFlags struct {
	from           []string
	out, config    string
	overwrite, new bool
	network        networkFlags
}

func newEnroll() *cobra.Command {
	var f enrollFlags
	cmd := &cobra.Command{
		Use: "enroll [--from FILE ...]", Aliases: []string{"enrol"}, Short: "Make the print of your voice",
		Long: voiceprintHelp, Args: atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if len(f.from) == 0 {
				return f.guided(cmd)
			}
			return f.fromFiles(cmd)
		},
	}
	cmd.Flags().StringArrayVar(&f.from, "from", nil, "a recording in which nobody else speaks, `FILE` or FILE,...; may be repeated, 20 s are good")
	cmd.Flags().StringVarP(&f.out, "out", "o", "", "write the print of --from into this `file`, not to its usual place")
	cmd.Flags().BoolVar(&f.overwrite, "overwrite", false, "replace the file that --out names")
	cmd.Flags().BoolVar(&f.new, "new", false, "replace your print, do not add to it")
	configFlag(cmd, &f.config)
	f.network.add(cmd, control.Latency40)
	return cmd
}

// fromFiles makes the print of recordings.
func (f enrollFlags) fromFiles(cmd *cobra.Command) error {
	files := recordingsOf(f.from)
	path, err := placeForPrint(f.out, files, f.overwrite)
	if err != nil {
		return err
	}
	m, err := f.network.load()
	if err != nil {
		return err
	}
	p, result, err := enrol.From(cmd.Context(), m.weights, files)
	if err != nil {
		return err
	}
	if f.out != "" {
		err = enrol.Write(path, p, f.overwrite)
	} else {
		result.Added, err = enrol.Keep(path, p, f.new)
	}
	if err != nil {
		return withNew(err)
	}
	if result.Print, err = enrol.About(path); err != nil {
		return err
	}
	return showResult(cmd, path, result)
}

// recordingsOf are the files that values of --from name: each one, or several with commas between, if
// there is no file of that name.
func recordingsOf(values []string) (files []string) {
	for _, v := range values {
		if _, err := os.Stat(v); err == nil {
			files = append(files, v)
			continue
		}
		files = append(files, strings.Split(v, ",")...)
	}
	return files
}

// withNew says what to do if a print is of another voice.
func withNew(err error) error {
	if errors.Is(err, enrol.ErrOther) {
		return fmt.Errorf("%w; to replace the print: stillmic voiceprint enroll --new", err)
	}
	return err
}

// placeForPrint is where a print of some recordings goes. None of them, nor another file, is lost for it unasked.
func placeForPrint(out string, from []string, overwrite bool) (string, error) {
	switch {
	case out == "-":
		return "", usageError{errors.New("--out: name a file; a print is not for the standard output")}
	case out == "" && overwrite:
		return "", usageError{errors.New("--overwrite: name a file with --out, too; to replace your own print: --new")}
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

// exitSeveral is the exit code of an enrolment in which several people seem to speak.
const exitSeveral = 4

// showResult says what came of an enrolment.
func showResult(cmd *cobra.Command, path string, r enrol.Result) error {
	fmt.Fprintf(cmd.OutOrStdout(), "The halves of what was heard resemble each other by %.0f %%: %s.\n", 100*r.Alike, r.Quality)
	if r.Added {
		fmt.Fprintln(cmd.OutOrStdout(), "It was added to the print that was there.")
	}
	showPrint(cmd, path, r.Print)
	if r.Several < enrol.SeveralFrom {
		return nil
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "stillmic: it sounds as if several people spoke (%.0f %% sure); if so, enrol again alone: stillmic voiceprint enroll --new\n",
		100*r.Several)
	return silentError(exitSeveral)
}

// showPrint says where a print lies, of how much speech it is, and whether more would make it better.
func showPrint(cmd *cobra.Command, path string, f enrol.Facts) {
	times, advice := "", ""
	if f.Times > 1 {
		times = fmt.Sprintf(" in %d enrolments", f.Times)
	}
	switch {
	case f.Seconds < voiceprint.GoodSeconds-0.5:
		advice = fmt.Sprintf("; %.0f s tell voices apart better", voiceprint.GoodSeconds)
	case f.Quality == enrol.Poor:
		advice = "; of poor quality: enrol again in a quiet place with --new"
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s: made from %.0f s of speech%s on %s%s\n", printable.Text(path), f.Seconds, times,
		f.Since.Format(time.DateOnly), advice)
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
			f, err := enrol.About(path)
			switch {
			case err != nil:
				return err
			case f.Enrolled && asJSON:
				return printJSON(cmd, map[string]any{"enrolled": true, "file": path, "seconds": f.Seconds, "times": f.Times,
					"quality": f.Quality, "since": f.Since})
			case asJSON:
				return printJSON(cmd, f)
			case f.Problem != "":
				return fmt.Errorf("%s: %s", printable.Text(path), f.Problem)
			case !f.Enrolled:
				return enrol.ErrNone
			}
			showPrint(cmd, path, f)
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
			if err := enrol.Delete(path); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s: deleted\n", printable.Text(path))
			return nil
		},
	}
}
