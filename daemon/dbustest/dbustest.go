//go:build linux

// Package dbustest starts private message buses for tests, so that none of them
// meets the desktop of whoever runs it.
package dbustest

import (
	"bufio"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stillmic/stillmic/audioio/soundserver/child"
)

// Start starts a bus that ends with the test and returns its address. Where
// dbus-daemon is not installed the test is skipped.
func Start(t *testing.T) (address string) {
	t.Helper()
	path, err := exec.LookPath("dbus-daemon")
	if err != nil {
		t.Skip("SKIPPED: dbus-daemon is not installed, nothing is asked over a bus")
	}
	cmd := exec.Command(path, "--session", "--nofork", "--nopidfile", "--print-address=1",
		"--address=unix:path="+filepath.Join(t.TempDir(), "bus"))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	bus, err := child.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(bus.End)
	if address, err = bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(address)
}
