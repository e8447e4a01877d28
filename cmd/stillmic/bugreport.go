package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"regexp"
	"runtime"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/stillmic/stillmic/audioio/atomicfile"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/device"
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
}

// programs are those that a line of the log names.
var programs = regexp.MustCompile(`"programs":\[[^\]]*\]`)

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
		text = text[max(0, len(text)-lastBytes):]
		fmt.Fprintf(w, "%s:\n%s\n", path, programs.ReplaceAll(bytes.TrimSpace(text), []byte(`"programs":[]`)))
	}
	return nil
}

// censor replaces what names a person or a thing of his.
type censor struct{ names map[string]string }

func newCensor() *censor {
	c := &censor{map[string]string{}}
	if home, err := os.UserHomeDir(); err == nil {
		c.hide(home, "~")
	}
	if u, err := user.Current(); err == nil {
		c.hide(u.Username, "USER")
		for part := range strings.FieldsSeq(strings.ReplaceAll(u.Name, ",", " ")) {
			c.hide(part, "NAME")
		}
	}
	if host, err := os.Hostname(); err == nil {
		c.hide(host, "HOST")
	}
	return c
}

// leastName is the shortest name that is hidden: shorter ones are within words.
const leastName = 3

func (c *censor) hide(name, by string) {
	if len(name) >= leastName && name != "root" {
		c.names[name] = by
	}
}

// devices hides what people have called their Bluetooth devices, where the server answers.
func (c *censor) devices(ctx context.Context, b device.Backend) {
	srv, err := b.Dial(ctx)
	if err != nil {
		return
	}
	defer srv.Close()
	list, err := srv.Devices()
	if err != nil {
		return
	}
	for i, d := range list {
		if strings.Contains(d.Name, "bluez") {
			by := fmt.Sprintf("bluetooth device %d", i+1)
			c.hide(d.Description, by)
			c.hide(strings.TrimPrefix(d.Description, "Monitor of "), by) // as an output it has its own name
		}
	}
}

// replaceWord replaces a name in any case, its genitive too, but not a part of another word: what is left of
// that would tell the name.
func replaceWord(s, name, by string) string {
	all := regexp.MustCompile(`(?i)` + regexp.QuoteMeta(name) + `s?`)
	letter := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	var b strings.Builder
	last := 0
	for _, at := range all.FindAllStringIndex(s, -1) {
		before, _ := utf8.DecodeLastRuneInString(s[:at[0]])
		after, _ := utf8.DecodeRuneInString(s[at[1]:])
		first, _ := utf8.DecodeRuneInString(name)
		if letter(before) && letter(first) || letter(after) {
			continue
		}
		b.WriteString(s[last:at[0]] + by)
		last = at[1]
	}
	return b.String() + s[last:]
}

// address is a Bluetooth or network address, as names of devices hold it.
var address = regexp.MustCompile(`(?i)\b[0-9a-f]{2}([:_-][0-9a-f]{2}){5}\b`)

// text returns a text without the names, the longest of them first.
func (c *censor) text(s string) string {
	names := make([]string, 0, len(c.names))
	for n := range c.names {
		names = append(names, n)
	}
	sort.Slice(names, func(i, j int) bool { return len(names[i]) > len(names[j]) })
	for _, n := range names {
		s = replaceWord(s, n, c.names[n])
	}
	return address.ReplaceAllString(s, "XX:XX:XX:XX:XX:XX")
}
