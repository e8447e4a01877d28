package wire

import (
	"os"
	"path/filepath"
	"testing"
)

func TestDefaultServer(t *testing.T) {
	write := func(path, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	home, system := t.TempDir(), t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(home, "config"))
	t.Setenv("PULSE_CLIENTCONFIG", "")
	want := func(server string) {
		t.Helper()
		if got := defaultServer(system); got != server {
			t.Errorf("default server %q, want %q", got, server)
		}
	}
	want("")
	write(filepath.Join(system, "client.conf"), "; default-server = no\n# default-server = no\nautospawn = no\n")
	want("")
	write(filepath.Join(system, "client.conf"), "default-server = system\n")
	want("system")
	write(filepath.Join(system, "client.conf.d", "10-more.conf"), "default-server=unix:/tmp/more tcp:there\n")
	want("unix:/tmp/more tcp:there")
	write(filepath.Join(home, "config", "pulse", "client.conf"), "default-server = mine\n")
	want("mine")
	file := filepath.Join(home, "given.conf")
	write(file, "[General]\ndefault-server = given")
	t.Setenv("PULSE_CLIENTCONFIG", file)
	want("given")
}
