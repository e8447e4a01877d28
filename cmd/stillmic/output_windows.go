package main

import (
	"io"
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

// output returns where the program writes: a file for one that was started without a console
// (stillmicw.exe at log-on). What fails costs the log alone.
func output() (stdout, stderr io.Writer) {
	if h, err := windows.GetStdHandle(windows.STD_ERROR_HANDLE); err == nil && h != 0 && h != windows.InvalidHandle {
		return os.Stdout, os.Stderr
	}
	dir, err := paths.StateDir()
	if err != nil || os.MkdirAll(dir, 0o700) != nil {
		return os.Stdout, os.Stderr
	}
	l, err := openLogFile(filepath.Join(dir, logName), logMost)
	if err != nil {
		return os.Stdout, os.Stderr
	}
	os.Stdout, os.Stderr = l.file, l.file                  // for what libraries and other goroutines print
	_ = debug.SetCrashOutput(l.file, debug.CrashOptions{}) // a panic that nothing catches
	return l, l
}
