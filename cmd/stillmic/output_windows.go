package main

import (
	"os"
	"path/filepath"
	"runtime/debug"

	"golang.org/x/sys/windows"

	"github.com/stillmic/stillmic/daemon/paths"
)

// logName is where a program without a console writes, and logMost how long that may get before it
// begins anew, with one before it kept.
const (
	logName = "stillmic.log"
	logMost = 1 << 20
)

// findOutput gives a program that was started without a console (stillmicw.exe at log-on) a file in
// its place. What fails costs the log alone.
func findOutput() {
	if h, err := windows.GetStdHandle(windows.STD_ERROR_HANDLE); err == nil && h != 0 && h != windows.InvalidHandle {
		return
	}
	dir, err := paths.StateDir()
	if err != nil || os.MkdirAll(dir, 0o700) != nil {
		return
	}
	path := filepath.Join(dir, logName)
	if st, err := os.Stat(path); err == nil && st.Size() > logMost {
		_ = os.Rename(path, path+".old")
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return
	}
	os.Stdout, os.Stderr = f, f
	_ = debug.SetCrashOutput(f, debug.CrashOptions{}) // a panic that nothing catches
}
