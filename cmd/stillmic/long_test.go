//go:build linux

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio"
)

// TestTwoHours cleans a recording of two hours within 60 MB resident. It takes
// minutes and 1.4 GB of disk: set STILLMIC_LONG=1.
func TestTwoHours(t *testing.T) {
	if os.Getenv("STILLMIC_LONG") == "" {
		t.Skip("SKIPPED: STILLMIC_LONG is not set, no recording of two hours is cleaned")
	}
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.wav"), filepath.Join(dir, "out.wav")
	w, err := audioio.CreateWAV(in, audioio.WAVFormat{Rate: 48000, Channels: 1})
	if err != nil {
		t.Fatal(err)
	}
	const seconds = 2 * 3600
	x := tones(48000, 1, 60*48000)
	for range seconds / 60 {
		if err := w.Write(x); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	exe, err := exec.LookPath("stillmic")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, "clean", in, out)
	cmd.Stderr = os.Stderr
	began := time.Now()
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	took := time.Since(began).Seconds()
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	user := cmd.ProcessState.UserTime().Seconds() + cmd.ProcessState.SystemTime().Seconds()
	t.Logf("%.1f MB resident at most; %.1f s, %.0f times real time; %.1f s of processor time, %.0f times real time",
		float64(usage.Maxrss)/1024, took, seconds/took, user, seconds/user)
	if usage.Maxrss > 60*1024 {
		t.Errorf("%d kB resident, more than 60 MB", usage.Maxrss)
	}
	a, err := os.Stat(in)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := os.Stat(out); err != nil || a.Size() != b.Size() {
		t.Errorf("%v, %v", b, err)
	}
}
