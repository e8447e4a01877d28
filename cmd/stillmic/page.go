package main

import (
	"errors"
	"fmt"
	"html/template"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/stillmic/stillmic/daemon/config"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/paths"
)

const pageHelp = `Page opens Stillmic's control page in the browser. The page is served on this
computer alone, to you alone, while you look at it, and closed some minutes later.

The link that the browser gets is good once and for 30 seconds. With --print the
address is printed instead, with a token that is good until you log out: it is
as good as a password.

An address that stays, for scripts and metrics, or no page at all:

  [control]
  listen = "127.0.0.1:8765"   # or "off"

Exit code 3: Stillmic is not running.`

func newPage() *cobra.Command {
	var only, start bool
	cmd := &cobra.Command{
		Use:   "page",
		Short: "Open the control page",
		Long:  pageHelp,
		Args:  atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if start {
				return launchPage(cmd)
			}
			return showPage(cmd, only)
		},
	}
	cmd.Flags().BoolVar(&start, "start", false, "start Stillmic and its icon first, where they do not run")
	cmd.Flags().BoolVar(&only, "print", false, "print the address only, with the token")
	return cmd
}

// showPage opens the page in the browser, or prints its address.
func showPage(cmd *cobra.Command, only bool) error {
	dir, err := paths.RuntimeDir()
	if err != nil {
		return err
	}
	link, err := control.NewClient(dir).OpenPage(cmd.Context())
	if err != nil {
		return err
	}
	if only {
		token, err := os.ReadFile(control.TokenPath(dir))
		if err != nil {
			return fmt.Errorf("read the token: %w", err)
		}
		fmt.Fprintln(cmd.OutOrStdout(), link.Address+"#token="+strings.TrimSpace(string(token)))
		return nil
	}
	if err := openInBrowser(dir, link.URL()); err != nil {
		fmt.Fprintf(cmd.ErrOrStderr(), "stillmic: open this address yourself, within 30 s: %v\n", err)
		fmt.Fprintln(cmd.OutOrStdout(), link.URL())
		return nil
	}
	fmt.Fprintln(cmd.OutOrStdout(), "opened "+link.Address)
	return nil
}

// launchPage is what the entry in the desktop's menu does, whatever runs already. Nobody sees a
// terminal then: what goes wrong is told by a notification, too.
func launchPage(cmd *cobra.Command) error {
	exe, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program's own file: %w", err)
	}
	log, err := newLog(cmd.ErrOrStderr(), config.Default().Log)
	if err != nil {
		return err
	}
	icon := exec.Command(exe, "tray")
	detach(icon)
	if icon.Start() == nil { // one that is in the panel already ends at once
		defer func() { _ = icon.Process.Release() }()
	}
	if err = ensureRunning(cmd.Context(), exe, log); err == nil {
		err = showPage(cmd, false)
	}
	if err != nil {
		tellDesktop("Stillmic", oneLine(err))
	}
	return err
}

// goThere is a page that leads to another.
var goThere = template.Must(template.New("").Parse(`<!doctype html><meta charset="utf-8"><title>stillmic</title>
<script>location.replace({{.}})</script><a href="{{.}}">stillmic</a>
`))

// openInBrowser opens a link. Every user of the machine can read the command line of the
// browser; on Linux the daemon gives nothing for the code to another user. Elsewhere it cannot
// tell, so the browser gets a file that leads there. On Linux that would not do: browsers from
// snaps and Flatpaks cannot read it.
func openInBrowser(dir, url string) error {
	if runtime.GOOS == "linux" {
		return launch("xdg-open", url)
	}
	if runtime.GOOS != "darwin" {
		return errors.New("no way to open a browser is known here")
	}
	path := filepath.Join(dir, "page.html")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(goThere.Execute(f, url), f.Close()); err != nil {
		return err
	}
	return launch("open", path)
}

// launchTime is how long an opener has to fail. Some become the browser and last as long.
const launchTime = 5 * time.Second

// launch starts an opener, and leaves one alone that lasts.
func launch(name, target string) error {
	cmd := exec.Command(name, target)
	detach(cmd)
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	case <-time.After(launchTime):
	}
	return nil
}
