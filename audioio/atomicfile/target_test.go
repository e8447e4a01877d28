package atomicfile

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestTarget: what is written to a link goes where that leads, through several and to what
// is not there yet, and the link stays; a circle leads nowhere.
func TestTarget(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, folder := range []string{"away", "real/deep"} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile("away/there", []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	for link, to := range map[string]string{"new": "away/new", "old": "away/there", "second": "new", "circle": "circle",
		"deep": "real/deep", "real/deep/up": "../beside", "nofolder": "none/file"} {
		if err := os.Symlink(to, link); err != nil {
			t.Skipf("SKIPPED: no links here: %v", err)
		}
	}
	for path, want := range map[string]string{"new": "away/new", "second": "away/new", "old": "away/there", "plain": "plain",
		"deep/up": "real/beside", "nofolder": "none/file", "none/x": "none/x"} {
		if got, err := filepath.Rel(".", Target(path)); err != nil || got != want {
			t.Errorf("%s leads to %s, want %s; %v", path, got, want, err)
		}
	}
	if got := Target("circle"); got != "circle" {
		t.Errorf("a circle leads to %s", got)
	}
	for link, file := range map[string]string{"second": "away/new", "old": "away/there"} {
		if err := WriteFile(link, []byte("text"), 0o600); err != nil {
			t.Fatal(err)
		}
		st, err := os.Lstat(link)
		if got, other := os.ReadFile(file); string(got) != "text" || errors.Join(err, other) != nil || st.Mode()&os.ModeSymlink == 0 {
			t.Errorf("%s: %s holds %q, the link is %v; %v, %v", link, file, got, st.Mode(), err, other)
		}
	}
	if err := WriteFile("nofolder", nil, 0o600); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("into a folder that is not there: %v", err)
	}
}
