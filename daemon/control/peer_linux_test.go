package control

import (
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// strangerEnv makes the test binary a process that connects to a socket.
const strangerEnv = "STILLMIC_TEST_STRANGER"

// TestStranger is that process: it asks, and says what it got.
func TestStranger(t *testing.T) {
	path := os.Getenv(strangerEnv)
	if path == "" {
		t.Skip("it is a part of TestPeerOfAnotherUser")
	}
	c, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write([]byte("GET /v1/status HTTP/1.0\r\n\r\n")); err != nil && !errors.Is(err, syscall.EPIPE) {
		t.Fatal(err)
	}
	text, err := io.ReadAll(c)
	if len(text) > 0 {
		t.Fatalf("it was answered: %q, %v", text, err)
	}
}

// Should the permissions ever let another user in, the kernel's word on who is
// calling keeps him out.
func TestPeerOfAnotherUser(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("SKIPPED: only root can become another user")
	}
	dir, err := os.MkdirTemp("", "sm-peer")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	daemonAt(t, filepath.Join(dir, "run"))
	socket := SocketPath(filepath.Join(dir, "run"))
	for path, mode := range map[string]os.FileMode{dir: 0o755, filepath.Join(dir, "run"): 0o755, socket: 0o666} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	// A copy of this program that the other user may read.
	exe := filepath.Join(dir, "stranger")
	text, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(exe, text, 0o755); err != nil {
		t.Fatal(err)
	}
	ask := func(uid uint32) (string, error) {
		cmd := exec.CommandContext(t.Context(), exe, "-test.run", "^TestStranger$")
		cmd.Env = append(os.Environ(), strangerEnv+"="+socket)
		cmd.Dir, cmd.WaitDelay = dir, 10*time.Second
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := ask(65534); err != nil {
		t.Errorf("nobody was let in: %v: %s", err, out)
	}
	if out, err := ask(0); err == nil {
		t.Errorf("the same user is refused, too, so that this proves nothing: %s", out)
	}
}
