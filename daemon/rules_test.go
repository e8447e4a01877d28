package daemon

import (
	"strings"
	"testing"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/engine"
	"github.com/stillmic/stillmic/daemon/strength"
)

const ruleText = `
[[rule]]
microphone = "HEADSET"
strength = "medium"
volume = 80

[[rule]]
application = "obs"
preset = "podcast"

[[rule]]
application = "zoom"
microphone = "headset"
strength = 18
`

func TestRulesJudge(t *testing.T) {
	c, err := parseConfig("file", []byte(ruleText))
	if err != nil {
		t.Fatal(err)
	}
	headset := audioio.Device{Name: "alsa_input.usb-1", Description: "Cheap Headset"}
	laptop := audioio.Device{Name: "alsa_input.pci", Description: "Built-in"}
	obs, zoom := audioio.Recorder{Application: "OBS Studio"}, audioio.Recorder{Application: "ZOOM VoiceEngine", Program: "zoom"}
	for _, x := range []struct {
		name             string
		mic              audioio.Device
		apps             []audioio.Recorder
		strength, preset string
		volume           float64
		reasons          string
	}{
		{"nothing", laptop, nil, "", "", 0, ""},
		{"another application", laptop, []audioio.Recorder{zoom}, "", "", 0, ""},
		{"microphone", headset, nil, "medium", "", 80, "microphone HEADSET"},
		{"preset with its strength", laptop, []audioio.Recorder{zoom, obs}, "strong", "podcast", 0, "application obs"},
		{"the first wins", headset, []audioio.Recorder{obs, zoom}, "medium", "podcast", 80, "microphone HEADSET; application obs"},
	} {
		v := judge(c.Rules, x.mic, x.apps)
		strength := ""
		if v.strength != nil {
			strength = v.strength.String()
		}
		if strength != x.strength || v.preset != x.preset || v.volume != x.volume || v.reasons != x.reasons {
			t.Errorf("%s: %q %+v, want %+v", x.name, strength, v, x)
		}
	}
}

func TestRulesAreChecked(t *testing.T) {
	for text, want := range map[string]string{
		"[[rule]]\nstrength = 3\n":       "rule 1: it needs a condition",
		"[[rule]]\nmicrophone = \"a\"\n": "rule 1: it changes nothing",
		"[[rule]]\nmicrophone = \"a\"\nvolume = 1\n[[rule]]\nmicrophone = \"b\"\nvolume = 400\n": "rule 2: volume = 400 is not possible: use 1 to 150 percent",
		"[[rule]]\nmicrophone = \"a\"\nstrength = \"loud\"\n":                                    "rule 1: invalid strength \"loud\"",
		"[[rule]]\nmicrophone = \"a\"\npreset = \"karaoke\"\n":                                   "rule 1: ",
		"[[rule]]\nmic = \"a\"\n": ":2: unknown key rule.mic",
	} {
		if _, err := parseConfig("file", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// What a person chooses is remembered though a rule has set the same already, and
// comes back when the rule ends.
func TestChoiceBesideARule(t *testing.T) {
	for _, name := range []string{"XDG_STATE_HOME", "XDG_RUNTIME_DIR"} {
		t.Setenv(name, t.TempDir())
	}
	d, err := New(Options{Config: DefaultConfig(), Model: Maker{New: func() (engine.Processor, error) { return still{}, nil }}})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.recall(); err != nil {
		t.Fatal(err)
	}
	defer d.settings.forget()
	gentle := strength.Gentle
	d.obey(verdict{strength: &gentle, reasons: "a rule"})
	if got := d.engine.Strength(); got != strength.Gentle {
		t.Fatalf("the rule's strength is %v", got)
	}
	d.SetStrength(strength.Gentle)
	if v, there := d.settings.lasting.get(keyStrength); !there || v != strength.Gentle.String() {
		t.Errorf("remembered: %q, %v", v, there)
	}
	d.obey(verdict{})
	if got := d.engine.Strength(); got != strength.Gentle {
		t.Errorf("after the rule the strength is %v", got)
	}
}
