package supervisor

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stillmic/stillmic/daemon/engine"
)

// A report says what panicked, where and in which version, for its owner alone; the
// oldest go when there are many.
func TestWriteReport(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	old := []string{"fault-20200101-000000.000.txt", "fault-20200101-000000.001.txt"}
	for i := range reportsKept - 1 {
		old = append(old, "fault-20210101-0000"+string(rune('a'+i))+".txt")
	}
	for _, name := range append(old, "settings.toml") {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	path, err := writeReport(dir, engine.Fault{From: engine.Suppressor, Value: "weights on fire", Stack: []byte("engine.go:7")}, "1.2", "small")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	for _, want := range []string{"stillmic 1.2", "model: small", "panic in the suppressor: weights on fire", "engine.go:7"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the report lacks %q (%v):\n%s", want, err, text)
		}
	}
	if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("the report's mode: %v, %v", st.Mode(), err)
	}
	if err := tidyReports(dir); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != reportsKept+1 {
		t.Fatalf("%d files left (%v), want %d reports and the other file", len(left), err, reportsKept)
	}
	for _, name := range old[:2] {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			t.Errorf("%s is still there", name)
		}
	}
}
