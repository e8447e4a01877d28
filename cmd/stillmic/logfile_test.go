package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// A log that grows while the program runs begins anew, again and again, and the last lines are never lost.
func TestLogFileBeginsAnew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "stillmic.log")
	const most = 1000
	var logs [2]*logFile // of two programs
	for i := range logs {
		var err error
		if logs[i], err = openLogFile(path, most); err != nil {
			t.Fatal(err)
		}
		defer logs[i].file.Close()
	}
	for n := range 500 {
		if _, err := fmt.Fprintf(logs[n%2], "line %03d\n", n); err != nil {
			t.Fatal(err)
		}
		if st, err := os.Stat(path); err != nil || st.Size() > most {
			t.Fatalf("after line %d: %v, %v, want at most %d bytes", n, st.Size(), err, most)
		}
	}
	old, err := os.ReadFile(path + ".old")
	if err != nil {
		t.Fatal(err)
	}
	now, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Fields(strings.ReplaceAll(string(old)+string(now), "line ", ""))
	first := 500 - len(lines)
	for i, line := range lines {
		if want := fmt.Sprintf("%03d", first+i); line != want {
			t.Fatalf("line %d of what is kept is %q, want %q", i, line, want)
		}
	}
	if len(old) < most*9/10 {
		t.Errorf("%d bytes are kept of before, want about %d", len(old), most)
	}
	for _, name := range []string{path, path + ".old"} {
		if st, err := os.Stat(name); err != nil || st.Mode().Perm() != 0o600 && runtime.GOOS != "windows" {
			t.Errorf("%s: %v, %v, want %v", name, st.Mode(), err, fs.FileMode(0o600))
		}
	}
}
