package service

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
)

// task is the Manager: a task of the Windows scheduler.
type task struct{ exe, user string }

// taskName is where the scheduler lists it.
const taskName = `\Stillmic`

func newManager(exe string) (Manager, error) {
	u, err := user.Current()
	if err != nil {
		return nil, fmt.Errorf("whose task it is: %w", err)
	}
	return task{withoutConsole(exe), u.Username}, nil
}

// withoutConsole returns the same program linked to run without a console window, stillmicw.exe, which
// the package brings, or the program itself where that is not beside it.
func withoutConsole(exe string) string {
	other := filepath.Join(filepath.Dir(exe), name+"w.exe")
	if !exists(other) {
		return exe
	}
	return other
}

// schtasks runs the scheduler's own program.
func schtasks(args ...string) error {
	out, err := exec.Command("schtasks.exe", args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("schtasks %s: %w: %s", args[0], err, strings.TrimSpace(string(out)))
	}
	return nil
}

func (t task) Install() (r Report, err error) {
	dir, err := os.MkdirTemp("", name)
	if err != nil {
		return r, fmt.Errorf("write the task: %w", err)
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "task.xml")
	if err := os.WriteFile(file, utf16File(taskXML(t.exe, t.user)), 0o600); err != nil {
		return r, fmt.Errorf("write the task: %w", err)
	}
	if err := schtasks("/Create", "/TN", taskName, "/XML", file, "/F"); err != nil {
		return r, err
	}
	r.did("wrote", "scheduled task "+taskName)
	r.todo("to start it now: stillmic service start")
	return r, nil
}

func (t task) Uninstall() (r Report, err error) {
	if schtasks("/Query", "/TN", taskName) != nil {
		r.todo("nothing: it is not installed")
		return r, nil
	}
	_ = t.Stop() // fails when it does not run
	if err := schtasks("/Delete", "/TN", taskName, "/F"); err != nil {
		return r, err
	}
	r.did("removed", "scheduled task "+taskName)
	return r, nil
}

func (t task) Start() error { return schtasks("/Run", "/TN", taskName) }
func (t task) Stop() error  { return schtasks("/End", "/TN", taskName) }

func (t task) Restart() error {
	if err := t.Stop(); err != nil {
		return err
	}
	return t.Start()
}

func (t task) State() (State, error) {
	if schtasks("/Query", "/TN", taskName) != nil {
		return State{Manager: "task scheduler", Files: []string{}}, nil
	}
	return State{Installed: true, Files: []string{"scheduled task " + taskName}, Manager: "task scheduler"}, nil
}
