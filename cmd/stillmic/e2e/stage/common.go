//go:build linux

package stage

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stillmic/stillmic/daemon/control"
)

// AllFaults makes the tests do every fault; else they do the quick ones. It is
// what scripts/soak --faults sets.
const AllFaults = "STILLMIC_FAULTS"

const (
	// Recovery is how soon audio is to be back.
	Recovery = time.Second
	// GiveUp is when waiting for it ends.
	GiveUp = 30 * time.Second
)

// Settle is left out at the beginning of recordings: the graph finds its pace
// with a new client, and a null sink may take 2 s to wake.
const Settle = 3

// Tries is how often a recording is made before it counts: a fault of ours is in
// every one, a machine that stood still is not.
const Tries = 5

// UntilClean calls try until it finds nothing wrong and fails with what the
// last call found.
func UntilClean(t *testing.T, try func() (fault string)) {
	t.Helper()
	for n := 1; ; n++ {
		fault := try()
		switch {
		case fault == "":
			return
		case n == Tries:
			t.Error(fault)
			return
		}
		t.Logf("attempt %d: %s", n, fault)
	}
}

// The tone that the tests play: its frequency in Hz, and its peak.
const (
	ToneHz   = 440
	TonePeak = 0.3
)

// ModuleNames returns the sorted names of modules: a server that was started again
// loads them in another order, and the microphone may have another format.
func ModuleNames(modules []string) []string {
	var list []string
	for _, m := range modules {
		name, _, _ := strings.Cut(m, " ")
		list = append(list, name)
	}
	return slices.Sorted(slices.Values(list))
}

// RunWithPage starts the daemon with the page and returns its address and token.
func (s *Stage) RunWithPage(args ...string) (address, token string) {
	s.T.Helper()
	path := filepath.Join(s.T.TempDir(), "page.toml")
	if err := os.WriteFile(path, []byte("[control]\nlisten = \"127.0.0.1:0\"\n"), 0o600); err != nil {
		s.T.Fatal(err)
	}
	s.RunDaemon(append([]string{"--config", path}, args...)...)
	st, err := s.Status()
	if err != nil {
		s.T.Fatal(err)
	}
	text, err := os.ReadFile(control.TokenPath(filepath.Join(s.RuntimeDir, "stillmic")))
	if err != nil {
		s.T.Fatal(err)
	}
	return strings.TrimSuffix(strings.TrimPrefix(st.Page, "http://"), "/"), strings.TrimSpace(string(text))
}
