package service

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	kardianos "github.com/kardianos/service"

	"github.com/stillmic/stillmic/configs"
)

const (
	// programPath is where the packages install, and what the files in configs
	// name.
	programPath = "/usr/bin/stillmic"

	// packagedUnit is the packages' unit.
	packagedUnit = "/usr/lib/systemd/user/stillmic.service"

	entryName = "stillmic-tray.desktop"
)

// hiddenEntry overrides a desktop entry of the system.
const hiddenEntry = "[Desktop Entry]\nType=Application\nName=Stillmic\nHidden=true\n"

// systemd is the Manager: a unit of the user, started with his session.
type systemd struct {
	kardianos.Service
	unit     string // ~/.config/systemd/user/stillmic.service
	link     string // has it started at log-in
	entry    string // starts the tray icon
	tray     string // what stands in it
	packaged bool   // a package has brought all of it
}

func newManager(exe string) (Manager, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return nil, fmt.Errorf("where the unit belongs: %w", err)
	}
	config, err := os.UserConfigDir()
	if err != nil {
		return nil, fmt.Errorf("where the autostart entry belongs: %w", err)
	}
	lib, err := library(exe)
	if err != nil {
		return nil, err
	}
	units := filepath.Join(home, ".config", "systemd", "user") // as the library has it
	return &systemd{
		Service:  lib,
		unit:     filepath.Join(units, name+".service"),
		link:     filepath.Join(units, "graphical-session.target.wants", name+".service"),
		entry:    filepath.Join(config, "autostart", entryName),
		tray:     trayEntry(exe),
		packaged: exe == programPath && exists(packagedUnit),
	}, nil
}

// library returns the systemd part of the service library, which would choose
// another init system, and one for root, where systemd does not run.
func library(exe string) (kardianos.Service, error) {
	for _, system := range kardianos.AvailableSystems() {
		if system.String() == "linux-systemd" {
			return system.New(nil, &kardianos.Config{
				Name:       name,
				Executable: exe,
				Arguments:  arguments,
				Option:     kardianos.KeyValue{"UserService": true, "SystemdScript": unitTemplate()},
			})
		}
	}
	return nil, ErrUnsupported
}

// unitTemplate is our unit with the library's placeholder for the program.
func unitTemplate() string {
	return strings.ReplaceAll(configs.Unit, programPath, "{{Path | cmdEscape}}")
}

// trayEntry is the desktop entry of the tray icon for a program. TryExec, by which a desktop
// leaves out entries of programs that are gone, takes a path as it is, Exec a command line.
func trayEntry(exe string) string {
	entry := strings.Replace(configs.Tray, "TryExec="+programPath, "TryExec="+exe, 1)
	return strings.Replace(entry, "\nExec="+programPath, "\nExec="+quoteExec(exe), 1)
}

// quoteExec quotes a path for the Exec key of a desktop entry, where % begins a
// field code and a backslash has to pass two levels of quoting.
func quoteExec(path string) string {
	quoted := strings.NewReplacer(`\`, `\\\\`, `"`, `\\"`, "`", "\\\\`", `$`, `\\$`, `%`, `%%`).Replace(path)
	if quoted == path && !strings.ContainsAny(path, " \t'<>~|&;*?#()") {
		return path
	}
	return `"` + quoted + `"`
}

func (s *systemd) Install() (r Report, err error) {
	if s.packaged {
		err := r.remove(s.unit, s.entry) // what Uninstall has put over the package's
		r.todo("nothing: the package has it start at log-in (%s); to start it now: stillmic service start", packagedUnit)
		return r, err
	}
	if err := os.Remove(s.unit); err != nil && !errors.Is(err, os.ErrNotExist) {
		return r, fmt.Errorf("replace the unit: %w", err)
	}
	failed := s.Service.Install() // writes the unit, then has systemctl enable it
	if !exists(s.unit) {
		return r, fmt.Errorf("write the unit: %w", failed)
	}
	r.did("wrote", s.unit)
	if err := s.ensureLink(); err != nil {
		return r, err
	}
	r.did("linked", s.link)
	if err := write(s.entry, s.tray); err != nil {
		return r, err
	}
	r.did("wrote", s.entry)
	if failed != nil {
		r.todo("%s: start the microphone yourself with: stillmic run --wait; from the next log-in on systemd does it",
			s.unreachable())
	} else {
		r.todo("to start it now: stillmic service start; the icon: stillmic tray")
	}
	return r, nil
}

// ensureLink has the unit start at log-in where systemctl could not.
func (s *systemd) ensureLink() error {
	if exists(s.link) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(s.link), 0o755); err != nil {
		return fmt.Errorf("enable the unit: %w", err)
	}
	if err := os.Symlink(s.unit, s.link); err != nil {
		return fmt.Errorf("enable the unit: %w", err)
	}
	return nil
}

// write writes a file of the desktop, and its folder.
func write(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	return nil
}

func (s *systemd) Uninstall() (r Report, err error) {
	if s.packaged {
		return s.mask()
	}
	if len(existing(s.unit, s.link, s.entry)) == 0 {
		r.todo("nothing: it is not installed")
		return r, nil
	}
	was := existing(s.unit, s.link)
	stopped := s.Service.Stop()
	failed := s.Service.Uninstall() // has systemctl disable it, then removes the unit
	for _, p := range was {
		if !exists(p) {
			r.did("removed", p)
		}
	}
	if err := r.remove(s.unit, s.link, s.entry); err != nil {
		return r, err
	}
	if stopped != nil || failed != nil {
		r.todo("%s: if a microphone or an icon is still running, end it yourself", s.unreachable())
	}
	return r, nil
}

// mask keeps a package's files from having effect for this user.
func (s *systemd) mask() (r Report, err error) {
	stopped := s.Service.Stop()
	if !exists(s.unit) {
		if err := os.MkdirAll(filepath.Dir(s.unit), 0o755); err != nil {
			return r, fmt.Errorf("mask the package's unit: %w", err)
		}
		if err := os.Symlink(os.DevNull, s.unit); err != nil {
			return r, fmt.Errorf("mask the package's unit: %w", err)
		}
		r.did("linked", s.unit)
	}
	if err := write(s.entry, hiddenEntry); err != nil {
		return r, err
	}
	r.did("wrote", s.entry)
	if stopped != nil {
		r.todo("%s: if a microphone is still running, end it yourself", s.unreachable())
	}
	r.todo("the package stays, without effect for you; to remove it: apt remove stillmic, or dnf remove stillmic")
	return r, nil
}

func (s *systemd) Start() error   { return s.control("start", s.Service.Start) }
func (s *systemd) Stop() error    { return s.control("stop", s.Service.Stop) }
func (s *systemd) Restart() error { return s.control("restart", s.Service.Restart) }

func (s *systemd) control(verb string, do func() error) error {
	switch {
	case !s.packaged && !exists(s.unit):
		return fmt.Errorf("cannot %s it: %w; first: stillmic service install", verb, kardianos.ErrNotInstalled)
	case !booted():
		return fmt.Errorf("cannot %s it: %s; without it: stillmic run --wait", verb, s.unreachable())
	}
	if err := do(); err != nil {
		return fmt.Errorf("systemctl --user %s stillmic: %w; see: journalctl --user -u stillmic", verb, err)
	}
	return nil
}

func (s *systemd) State() (State, error) {
	files := existing(s.unit, s.link, s.entry)
	if s.packaged {
		files = append(files, packagedUnit)
	}
	st := State{Installed: s.packaged || exists(s.unit), Files: files, Manager: "systemd: " + s.unreachable()}
	if booted() {
		status, err := s.Service.Status()
		st.Manager = "systemd: " + map[kardianos.Status]string{
			kardianos.StatusRunning: "running", kardianos.StatusStopped: "stopped",
		}[status]
		if err != nil {
			st.Manager = "systemd: " + err.Error()
		}
	}
	return st, nil
}

// booted reports whether systemd runs this machine, as sd_booted(3) does.
func booted() bool { return exists("/run/systemd/system") }

// unreachable says why systemctl --user fails.
func (s *systemd) unreachable() string {
	if !booted() {
		return "systemd does not run here"
	}
	return "the systemd of this user does not answer"
}
