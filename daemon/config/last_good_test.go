package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// One slip in the file costs that change, not the microphone: what was good last holds.
func TestLastGood(t *testing.T) {
	dir := t.TempDir()
	path, state := filepath.Join(dir, "stillmic.toml"), filepath.Join(dir, "state")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	load := func(want float64, wrong string) {
		t.Helper()
		c, mistake, err := LoadOrLast(path, state)
		if err != nil {
			t.Fatal(err)
		}
		if c.Idle.AfterS != want {
			t.Errorf("idle.after_s is %g, want %g", c.Idle.AfterS, want)
		}
		if (mistake == nil) != (wrong == "") || mistake != nil && !strings.Contains(mistake.Error(), wrong) {
			t.Errorf("the mistake is %v, want %q", mistake, wrong)
		}
	}
	load(5, "")
	write("[control]\nlisten = 127.0.0.1:8765\n")
	load(5, path+":2: ")
	write("[idle]\nafter_s = 9\n")
	load(9, "")
	write("[idle]\nafter_s = \"x\"\n")
	load(9, path+":2: idle.after_s: it must be a number")
	if err := os.WriteFile(filepath.Join(state, lastGoodName), []byte("[nonsense]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	load(5, path+":2: ")
}
