package daemon

import (
	"testing"

	"github.com/stillmic/stillmic/daemon/config"
	"github.com/stillmic/stillmic/daemon/engine"
	"github.com/stillmic/stillmic/daemon/rules"
	"github.com/stillmic/stillmic/daemon/strength"
)

// What a person chooses is remembered though a rule has set the same already, and
// comes back when the rule ends.
func TestChoiceBesideARule(t *testing.T) {
	for _, name := range []string{"XDG_STATE_HOME", "XDG_RUNTIME_DIR"} {
		t.Setenv(name, t.TempDir())
	}
	d, err := New(Options{Config: config.Default(), Model: Maker{New: func() (engine.Processor, error) { return still{}, nil }}})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.recall(); err != nil {
		t.Fatal(err)
	}
	defer d.settings.forget()
	gentle := strength.Gentle
	d.obey(rules.Verdict{Strength: &gentle, Reasons: "a rule"})
	if got := d.engine.Strength(); got != strength.Gentle {
		t.Fatalf("the rule's strength is %v", got)
	}
	d.SetStrength(strength.Gentle)
	if v, there := d.settings.lasting.get(keyStrength); !there || v != strength.Gentle.String() {
		t.Errorf("remembered: %q, %v", v, there)
	}
	d.obey(rules.Verdict{})
	if got := d.engine.Strength(); got != strength.Gentle {
		t.Errorf("after the rule the strength is %v", got)
	}
}
