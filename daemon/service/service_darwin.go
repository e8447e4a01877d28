package service

import (
	"fmt"
	"os"
	"path/filepath"

	kardianos "github.com/kardianos/service"

	"github.com/stillmic/stillmic/configs"
)

// launchd is the Manager: an agent, which runs in the user's own session.
type launchd struct {
	kardianos.Service
	agent string
}

func newManager(exe string) (Manager, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return nil, fmt.Errorf("where the agent belongs: %w", err)
	}
	lib, err := kardianos.New(nil, &kardianos.Config{
		Name:       name,
		Executable: exe,
		Arguments:  arguments,
		Option: kardianos.KeyValue{
			"UserService":   true,
			"LaunchdConfig": configs.Agent,
			"LogDirectory":  filepath.Join(home, "Library", "Logs"),
		},
	})
	if err != nil {
		return nil, err
	}
	return &launchd{lib, filepath.Join(home, "Library", "LaunchAgents", name+".plist")}, nil
}

func (l *launchd) Install() (r Report, err error) {
	if exists(l.agent) {
		if err := os.Remove(l.agent); err != nil {
			return r, fmt.Errorf("replace the agent: %w", err)
		}
	}
	if err := l.Service.Install(); err != nil {
		return r, fmt.Errorf("write the agent: %w", err)
	}
	r.did("wrote", l.agent)
	r.todo("to start it now: stillmic service start")
	return r, nil
}

func (l *launchd) Uninstall() (r Report, err error) {
	if !exists(l.agent) {
		r.todo("nothing: it is not installed")
		return r, nil
	}
	if err := l.Service.Uninstall(); err != nil { // stops it, too
		return r, fmt.Errorf("remove the agent: %w", err)
	}
	r.did("removed", l.agent)
	return r, nil
}

func (l *launchd) State() (State, error) {
	st := State{Installed: exists(l.agent), Files: existing(l.agent), Manager: "launchd: stopped"}
	if status, err := l.Service.Status(); err == nil && status == kardianos.StatusRunning {
		st.Manager = "launchd: running"
	}
	return st, nil
}
