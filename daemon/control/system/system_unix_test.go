//go:build unix

package system

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The runtime folder is closed to others even if it was there before, and refused if
// it is not ours.
func TestOwnFolder(t *testing.T) {
	dir := t.TempDir()
	open, link, file := filepath.Join(dir, "open"), filepath.Join(dir, "link"), filepath.Join(dir, "file")
	if err := os.Mkdir(open, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, ours := range []string{open, filepath.Join(dir, "new", "er")} {
		if err := MakePrivateDir(ours); err != nil {
			t.Fatal(err)
		}
		if st, err := os.Stat(ours); err != nil || st.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v, %v, want 0700", ours, st.Mode(), err)
		}
	}
	if err := os.Symlink(open, link); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	foreign := []string{link, file}
	if os.Geteuid() == 0 {
		others := filepath.Join(dir, "others")
		if err := os.Mkdir(others, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(others, 12345, 12345); err != nil {
			t.Fatal(err)
		}
		foreign = append(foreign, others)
	}
	for _, path := range foreign {
		if err := MakePrivateDir(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v, want an error that names it", path, err)
		}
	}
}
