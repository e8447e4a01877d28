package control

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// outsiderEnv makes the test binary a process that asks for the page: "ADDRESS CODE TOKEN".
const outsiderEnv = "STILLMIC_TEST_OUTSIDER"

// TestOutsider is that process: it tries the code, then the token, and prints both answers.
func TestOutsider(t *testing.T) {
	args := strings.Fields(os.Getenv(outsiderEnv))
	if len(args) != 3 {
		t.Skip("it is a part of TestPageOfAnotherUser")
	}
	body, err := json.Marshal(map[string]string{"code": args[1]})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post(args[0]+"v1/token", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	text, _ := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	fmt.Printf("code %d %s", resp.StatusCode, text)
	fmt.Printf("token %d\n", askWith(t, args[0]+"v1/status", args[2]).StatusCode)
}

// Another user of the machine gets nothing for a code that he read from a command line, nor for
// the token, and does not use the code up.
func TestPageOfAnotherUser(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("SKIPPED: only root can become another user")
	}
	o, _ := onDemand(t, nil)
	spent, l := link(t, o), link(t, o)
	_, token := exchangeCode(t, spent)
	dir, err := os.MkdirTemp("", "sm-outsider")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	exe := filepath.Join(dir, "outsider")
	text, err := os.ReadFile(os.Args[0])
	if err == nil {
		err = errors.Join(os.Chmod(dir, 0o755), os.WriteFile(exe, text, 0o755))
	}
	if err != nil {
		t.Fatal(err)
	}
	ask := func(uid uint32) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), exe, "-test.run", "^TestOutsider$")
		cmd.Env = append(os.Environ(), outsiderEnv+"="+strings.Join([]string{l.Address, l.Code, token}, " "))
		cmd.Dir, cmd.WaitDelay = dir, 10*time.Second
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("user %d: %v: %s", uid, err, out)
		}
		return string(out)
	}
	if out := ask(65534); !strings.Contains(out, "code 403") || !strings.Contains(out, "token 403") || strings.Contains(out, token) {
		t.Errorf("another user: %s", out)
	}
	if out := ask(0); !strings.Contains(out, "code 200") || !strings.Contains(out, "token 200") {
		t.Errorf("the same user: %s", out)
	}
}
