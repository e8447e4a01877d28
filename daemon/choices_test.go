package daemon

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// A choice holds after a restart, until the configuration says something else.
func TestChoices(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "choices.json")
	config := map[string]string{"suppression.strength": "strong"}
	c := openChoices(path, config, zap.NewNop())
	if v, there := c.get("suppression.strength"); there {
		t.Errorf("nothing was chosen: %q", v)
	}
	for range 100 {
		c.set("suppression.strength", "gentle")
	}
	c.set("suppression.strength", "medium")
	c.set("mute", "true")
	c.close()
	if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", st, err)
	}
	for _, r := range []struct {
		says string
		want string
	}{{"strong", "medium"}, {"max", ""}, {"strong", "medium"}} {
		c := openChoices(path, map[string]string{"suppression.strength": r.says}, zap.NewNop())
		if v, there := c.get("suppression.strength"); there != (r.want != "") || there && v != r.want {
			t.Errorf("the file says %s: %q, %v, want %q", r.says, v, there, r.want)
		}
		if v, there := c.get("mute"); !there || v != "true" {
			t.Errorf("mute: %q, %v", v, there)
		}
		c.close()
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// A broken file costs the choices, a folder that cannot be written their
// survival; neither stops anything, and each is said once.
func TestChoicesCannotBeKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "choices.json")
	for _, text := range []string{"", "{", "null", `{"a": 3}`, "[]"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		core, logs := observer.New(zap.WarnLevel)
		c := openChoices(path, nil, zap.New(core))
		c.set("a", "b")
		if v, there := c.get("a"); v != "b" || !there {
			t.Errorf("%q: %q, %v", text, v, there)
		}
		c.close()
		if n := logs.Len(); n != 1 && text != "null" {
			t.Errorf("%q: %d warnings", text, n)
		}
		if now, err := os.ReadFile(path); err != nil || !strings.Contains(string(now), `"b"`) {
			t.Errorf("%q became %q, %v", text, now, err)
		}
	}
	core, logs := observer.New(zap.WarnLevel)
	c := openChoices(filepath.Join(path, "choices.json"), nil, zap.New(core))
	c.set("a", "b")
	c.close()
	if logs.FilterMessageSnippet("will not survive").Len() != 1 {
		t.Errorf("%v", logs.All())
	}
}
