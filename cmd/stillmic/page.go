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

	"github.com/spf13/cobra"

	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/paths"
)

const pageHelp = `Page opens Stillmic's control page in the browser and prints its address. The
page is there when the configuration says where:

  [control]
  listen = "127.0.0.1:8765"

The address holds a token, a new one after each start. It is as good as a
password: others on this machine must not see it. Exit code 3: Stillmic is not
running.`

func newPage() *cobra.Command {
	var only bool
	cmd := &cobra.Command{
		Use:   "page",
		Short: "Open the control page",
		Long:  pageHelp,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir, err := paths.RuntimeDir()
			if err != nil {
				return err
			}
			st, err := control.NewClient(dir).Status(cmd.Context())
			if err != nil {
				return err
			}
			if st.Page == "" {
				return noPage()
			}
			token, err := os.ReadFile(control.TokenPath(dir))
			if err != nil {
				return fmt.Errorf("read the token: %w", err)
			}
			url := st.Page + "#token=" + strings.TrimSpace(string(token))
			if !only {
				if err := openPage(dir, url); err != nil {
					fmt.Fprintf(cmd.ErrOrStderr(), "stillmic: open this address yourself: %v\n", err)
				}
			}
			fmt.Fprintln(cmd.OutOrStdout(), url)
			return nil
		},
	}
	cmd.Flags().BoolVar(&only, "print", false, "print the address only")
	return cmd
}

// noPage says why there is none: it is off, or its address could not be had.
func noPage() error {
	path, err := paths.ConfigPath()
	if err != nil {
		return err
	}
	cfg, err := runFlags{}.loadConfig()
	if err != nil {
		return err
	}
	if at := cfg.Control.Listen; at != "" {
		return fmt.Errorf("the control page could not start: %s is used by another program, or was set after Stillmic started; "+
			"set another address in %s, then: stillmic service restart", at, path)
	}
	return fmt.Errorf("the control page is off: write listen = \"127.0.0.1:8765\" under [control] in %s, then: stillmic "+
		"service restart", path)
}

// goThere is a page that leads to another. Its address is not on any command
// line, where everybody on the machine could read the token.
var goThere = template.Must(template.New("").Parse(`<!doctype html><meta charset="utf-8"><title>stillmic</title>
<script>location.replace({{.}})</script><a href="{{.}}">stillmic</a>
`))

// openPage opens an address in the browser.
func openPage(dir, url string) (err error) {
	opener := map[string]string{"linux": "xdg-open", "darwin": "open"}[runtime.GOOS]
	if opener == "" {
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
	return exec.Command(opener, path).Run()
}
