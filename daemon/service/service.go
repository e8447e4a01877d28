// Package service has the system start stillmic when its user logs in.
//
//   - Linux: a unit of the user's systemd, and a desktop entry that starts the
//     tray icon.
//   - macOS: a launchd agent of the user.
//   - Windows: a task that runs at log-on, as the user. A Windows service
//     would run in session 0, apart from the user's session, where neither his
//     microphone's permission nor his virtual cable applies.
//
// On every system it belongs to the user alone and needs no privilege.
package service

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// name of the unit, the agent and the task.
const name = "stillmic"

// arguments of the program when the system starts it. --wait: at log-in the
// sound server and a headset come later.
var arguments = []string{"run", "--wait"}

// ErrUnsupported: this system has no way that is known here.
var ErrUnsupported = errors.New("stillmic knows no way to install a service on this system")

// Action is one file that was written or removed.
type Action struct {
	Done string `json:"done"` // "wrote", "linked" or "removed"
	Path string `json:"path"`
}

// Report says what a command has changed, and what is left to the person.
type Report struct {
	Actions []Action `json:"actions"`
	Todo    []string `json:"todo,omitempty"`
}

func (r *Report) did(done, path string) { r.Actions = append(r.Actions, Action{done, path}) }

func (r *Report) todo(format string, args ...any) {
	r.Todo = append(r.Todo, fmt.Sprintf(format, args...))
}

// State is how far the service is installed.
type State struct {
	Installed bool     `json:"installed"`
	Files     []string `json:"files"`   // that are there
	Manager   string   `json:"manager"` // what starts it, and whether that runs here
}

// Manager installs, removes and runs the service of this user.
type Manager interface {
	// Install has the service start at log-in. Repeating it renews the files.
	Install() (Report, error)
	// Uninstall stops the service and takes back what Install did.
	Uninstall() (Report, error)
	Start() error
	Stop() error
	Restart() error
	State() (State, error)
}

// New returns the manager for this system and user. It runs the program that
// calls it, from where that is now.
func New() (Manager, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program's own file: %w", err)
	}
	return newManager(filepath.Clean(exe))
}

// exists reports whether something is at a path, be it a dangling link.
func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// existing returns those of the paths where something is.
func existing(paths ...string) []string {
	found := []string{}
	for _, p := range paths {
		if exists(p) {
			found = append(found, p)
		}
	}
	return found
}

// remove removes files that are there and reports them.
func (r *Report) remove(paths ...string) error {
	for _, p := range existing(paths...) {
		if err := os.Remove(p); err != nil {
			return fmt.Errorf("remove the service: %w", err)
		}
		r.did("removed", p)
	}
	return nil
}
