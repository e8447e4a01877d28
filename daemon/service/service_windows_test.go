package service

import (
	"os"
	"path/filepath"
	"testing"
)

// The task runs the program without a console window, where that was unpacked beside the other.
func TestTaskHasNoConsole(t *testing.T) {
	dir := t.TempDir()
	exe, other := filepath.Join(dir, "stillmic.exe"), filepath.Join(dir, "stillmicw.exe")
	if got := withoutConsole(exe); got != exe {
		t.Errorf("%q where there is no other", got)
	}
	if err := os.WriteFile(other, nil, 0o755); err != nil {
		t.Fatal(err)
	}
	if got := withoutConsole(exe); got != other {
		t.Errorf("%q, want %q", got, other)
	}
}
