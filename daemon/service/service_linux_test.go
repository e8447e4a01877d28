package service

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stillmic/stillmic/configs"
)

// scratch is a home for one test, where no systemd answers.
func scratch(t *testing.T) string {
	t.Helper()
	home := t.TempDir()
	for k, v := range map[string]string{
		"HOME": home, "XDG_CONFIG_HOME": "", "XDG_RUNTIME_DIR": filepath.Join(home, "runtime"), "DBUS_SESSION_BUS_ADDRESS": "",
	} {
		t.Setenv(k, v)
	}
	return home
}

// files lists what is in a folder, without folders.
func files(t *testing.T, dir string) []string {
	t.Helper()
	var list []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			list = append(list, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(list)
	return list
}

func paths(r Report) []string {
	var list []string
	for _, a := range r.Actions {
		list = append(list, a.Path)
	}
	slices.Sort(list)
	return list
}

// Install writes exactly what it says, and uninstall removes exactly that, with
// systemctl and without.
func TestInstallAndUninstall(t *testing.T) {
	for _, withSystemctl := range []bool{true, false} {
		home := scratch(t)
		if !withSystemctl {
			t.Setenv("PATH", t.TempDir())
		}
		m, err := newManager(filepath.Join(home, "my programs", "stillmic"))
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second time renews
			r, err := m.Install()
			if err != nil {
				t.Fatal(err)
			}
			if got := files(t, home); len(got) != 3 || !slices.Equal(got, paths(r)) {
				t.Errorf("systemctl %v: said %q, there is %q", withSystemctl, paths(r), got)
			}
			if !slices.ContainsFunc(r.Todo, func(s string) bool { return strings.Contains(s, "stillmic run --wait") }) {
				t.Errorf("nobody answers, and the person is told %q", r.Todo)
			}
		}
		if st, err := m.State(); err != nil || !st.Installed || len(st.Files) != 3 {
			t.Errorf("installed: %+v, %v", st, err)
		}
		r, err := m.Uninstall()
		if err != nil {
			t.Fatal(err)
		}
		if got := files(t, home); len(got) != 0 || len(r.Actions) != 3 {
			t.Errorf("systemctl %v: left %q, said %+v", withSystemctl, got, r)
		}
		if r, err = m.Uninstall(); err != nil || len(r.Actions) != 0 || len(r.Todo) != 1 {
			t.Errorf("uninstalled twice: %+v, %v", r, err)
		}
		if err := m.Start(); err == nil || !strings.Contains(err.Error(), "stillmic service install") {
			t.Errorf("start without a service: %v", err)
		}
	}
}

// Other programs' links and entries stay.
func TestUninstallTouchesNothingElse(t *testing.T) {
	home := scratch(t)
	m, err := newManager("/opt/stillmic")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Install(); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(home, ".config", "systemd", "user", "graphical-session.target.wants", "other.service")
	if err := os.WriteFile(other, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Uninstall(); err != nil {
		t.Fatal(err)
	}
	if got := files(t, home); !slices.Equal(got, []string{other}) {
		t.Errorf("left %q", got)
	}
}

// With a package, uninstall puts overrides over its files and install takes
// them away.
func TestPackagedIsMasked(t *testing.T) {
	home := scratch(t)
	m, err := newManager(programPath)
	if err != nil {
		t.Fatal(err)
	}
	s := m.(*systemd)
	s.packaged = true
	r, err := s.Uninstall()
	if err != nil || !slices.Equal(files(t, home), paths(r)) {
		t.Errorf("%+v, %v; there is %q", r, err, files(t, home))
	}
	if to, err := os.Readlink(s.unit); err != nil || to != os.DevNull {
		t.Errorf("the unit is %q, %v", to, err)
	}
	if r, err = s.Install(); err != nil || len(r.Actions) != 2 || len(files(t, home)) != 0 {
		t.Errorf("%+v, %v; left %q", r, err, files(t, home))
	}
}

// systemd accepts the unit that is written, whatever the path of the program,
// and the one of the packages.
func TestUnitIsValid(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not here")
	}
	home := scratch(t)
	exe := filepath.Join(home, "my programs", "still$mic")
	if err := errorsOf(os.MkdirAll(filepath.Dir(exe), 0o700), os.MkdirAll(filepath.Join(home, "runtime"), 0o700),
		os.WriteFile(exe, []byte("#!/bin/sh\n"), 0o700)); err != nil {
		t.Fatal(err)
	}
	m, err := newManager(exe)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Install(); err != nil {
		t.Fatal(err)
	}
	packaged := filepath.Join(home, "stillmic.service")
	if err := os.WriteFile(packaged, []byte(strings.ReplaceAll(configs.Unit, programPath, "/bin/true")), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, unit := range []string{m.(*systemd).unit, packaged} {
		out, err := exec.Command(analyze, "--user", "verify", unit).CombinedOutput()
		if err != nil || len(out) != 0 {
			t.Errorf("%s: %v: %s", unit, err, out)
		}
	}
	out, err := exec.Command(analyze, "--user", "security", "--offline=true", packaged).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	t.Log(lines[len(lines)-1])
}

func errorsOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// A desktop passes over the entries of a program that is gone, and the unit is started with graphical
// sessions alone, not for each log-in by ssh.
func TestNothingStartsWithoutTheProgram(t *testing.T) {
	entries, err := filepath.Glob("../../configs/*.desktop")
	if err != nil || len(entries) != 2 {
		t.Fatalf("entries %q, %v", entries, err)
	}
	for _, path := range entries {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), "\nTryExec="+programPath+"\nExec="+programPath+" ") {
			t.Errorf("%s: no TryExec for %s in\n%s", path, programPath, text)
		}
	}
	if wanted := regexp.MustCompile(`(?m)^WantedBy=.*$`).FindAllString(configs.Unit, -1); !slices.Equal(wanted, []string{"WantedBy=graphical-session.target"}) {
		t.Errorf("the unit has %q", wanted)
	}
}

// Stopped in a call, it leaves a process that keeps the call silent: the manager must not kill that, too. It is
// started again after a fault, but not after a mistake in the configuration.
func TestUnitKeepsWhatHoldsCalls(t *testing.T) {
	for _, line := range []string{"KillMode=process", "Restart=on-failure", "RestartPreventExitStatus=2", "PartOf=graphical-session.target"} {
		if !strings.Contains(configs.Unit, "\n"+line+"\n") {
			t.Errorf("the unit has no %s", line)
		}
	}
}

// The desktop accepts the entry that is written.
func TestEntryIsValid(t *testing.T) {
	validate, err := exec.LookPath("desktop-file-validate")
	if err != nil {
		t.Skip("desktop-file-validate is not here")
	}
	home := scratch(t)
	for _, exe := range []string{programPath, "/opt/my programs/100% \"$quiet\"/stillmic"} {
		m, err := newManager(exe)
		if err != nil {
			t.Fatal(err)
		}
		s := m.(*systemd)
		for _, text := range []string{s.tray, hiddenEntry} {
			path := filepath.Join(home, entryName)
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.Command(validate, path).CombinedOutput(); err != nil || len(out) != 0 {
				t.Errorf("%s: %v: %s", exe, err, out)
			}
		}
	}
}
