package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"sort"

	"github.com/spf13/cobra"

	"github.com/stillmic/stillmic/audioio/atomicfile"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/doctor"
	"github.com/stillmic/stillmic/daemon/paths"
)

const bugreportHelp = `Bugreport writes one text file that says what a developer needs to know: version,
system, what "stillmic doctor" finds, the state of the daemon, the configuration,
the last lines of the log and of fault reports. Read it, then attach it.

There is no audio in it. Your name, the name of this computer, folders of yours,
addresses and names of Bluetooth devices, and which apps use the microphone are left
out. The configuration is in it with all that you have written there.`

func newBugreport() *cobra.Command {
	return &cobra.Command{
		Use:   "bugreport [FILE]",
		Short: "Write what a developer needs to know into one file",
		Long:  bugreportHelp,
		Args:  atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			path := "stillmic-bugreport.txt"
			if len(args) == 1 {
				path = args[0]
			}
			if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
				return usageError{fmt.Errorf("%s exists; name another file: stillmic bugreport FILE", path)}
			}
			text, err := bugreport(cmd)
			if err != nil {
				return err
			}
			if err := atomicfile.WriteFile(path, text, 0o600); err != nil {
				return fmt.Errorf("write the report: %w", err)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s: read it, then attach it to your report\n", path)
			return nil
		},
	}
}

// bugreport gathers everything; what cannot be had is said in its place.
func bugreport(cmd *cobra.Command) ([]byte, error) {
	var b bytes.Buffer
	hide := newCensor()
	section := func(name string, write func(w io.Writer) error) {
		var text bytes.Buffer
		if err := write(&text); err != nil {
			fmt.Fprintf(&text, "not available: %v\n", err)
		}
		fmt.Fprintf(&b, "## %s\n\n%s\n", name, hide.text(text.String()))
	}
	section("version", func(w io.Writer) error {
		fmt.Fprintf(w, "stillmic %s, %s, %s/%s, %d processors\n", version(), backends, runtime.GOOS, runtime.GOARCH,
			runtime.NumCPU())
		return copyFiles(w, "/etc/os-release", "/proc/version")
	})
	section("doctor", func(w io.Writer) error {
		cfg, mistake, err := runFlags{}.loadToRun()
		if err != nil {
			return err
		}
		hide.devices(cmd.Context(), backend(cfg))
		return writeJSON(w, " ", withoutApps(doctor.Examine(cmd.Context(), doctor.Options{Backend: backend(cfg),
			Device: cfg.Microphone.Device, MicName: cfg.Output.Name, Extra: configFinding(mistake)})))
	})
	section("status", func(w io.Writer) error {
		c, err := client()
		if err != nil {
			return err
		}
		s, err := c.Status(cmd.Context())
		if err != nil {
			return err
		}
		withoutNames(&s)
		return writeJSON(w, " ", s)
	})
	section("configuration", func(w io.Writer) error {
		path, err := paths.ConfigPath()
		if err != nil {
			return err
		}
		return copyFiles(w, path)
	})
	section("log and fault reports", lastWords)
	return b.Bytes(), nil
}

// withoutNames leaves out which applications run.
func withoutNames(s *control.Status) {
	s.Apps, s.RawApps, s.Notices, s.Speaker.Apps = nil, nil, nil, nil
	s.Rules = "" // "application zoom" tells which one records
}

// logged is where a line of the log tells which applications run, and what stays of it: as JSON, then as
// people get it.
var logged = []struct {
	names *regexp.Regexp
	by    string
}{
	{regexp.MustCompile(`"programs":\s*\[(?:\s*"(?:[^"\\]|\\.)*"\s*,?)*\s*\]`), `"programs":[]`},
	{regexp.MustCompile(`"because":\s*"(?:[^"\\]|\\.)*"`), `"because":""`},
	{regexp.MustCompile(`\(programs \[.*\]`), `(programs []`},
	{regexp.MustCompile(`\(because .*, strength `), `(strength `},
}

// withoutApps leaves out which applications run.
func withoutApps(list []doctor.Finding) (rest []doctor.Finding) {
	for _, f := range list {
		if f.Check != "applications" {
			rest = append(rest, f)
		}
	}
	return rest
}

// lastBytes is how much of the end of a log or fault report is taken.
const lastBytes = 16 << 10

// lastWords copies the ends of the log and of the newest fault reports.
func lastWords(w io.Writer) error {
	dir, err := paths.StateDir()
	if err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.txt"))
	if err != nil {
		return err
	}
	more, err := filepath.Glob(filepath.Join(dir, "*.log"))
	if err != nil {
		return err
	}
	files = append(files, more...)
	sort.Strings(files)
	const most = 5
	if len(files) > most {
		files = files[len(files)-most:]
	}
	if len(files) == 0 {
		fmt.Fprintln(w, "none; the log of the service: journalctl --user -u stillmic")
	}
	return copyFiles(w, files...)
}

// withoutLoggedApps leaves out of a log which applications run.
func withoutLoggedApps(text []byte) []byte {
	for _, l := range logged {
		text = l.names.ReplaceAll(text, []byte(l.by))
	}
	return text
}

// lastLines returns the lines that lie within the last n bytes whole; n bytes of a line that is longer.
func lastLines(text []byte, n int) []byte {
	if len(text) <= n {
		return text
	}
	text = text[len(text)-n-1:] // with what should be a line's end
	if _, whole, ok := bytes.Cut(text, []byte("\n")); ok && len(whole) > 0 {
		return whole
	}
	return text[1:]
}

// copyFiles copies the ends of text files, each below its name.
func copyFiles(w io.Writer, files ...string) error {
	for _, path := range files {
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s:\n%s\n", path, lastLines(withoutLoggedApps(bytes.TrimSpace(text)), lastBytes))
	}
	return nil
}
