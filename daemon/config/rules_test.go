package config

import (
	"strings"
	"testing"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/focus"
	"github.com/stillmic/stillmic/daemon/rules"
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

[[rule]]
application = "meet"
speaker = true
speaker_strength = "medium"

[[rule]]
application = "chromium"
speaker = false
speaker_device = "hdmi"

[[rule]]
application = "teams"
focus = "me"

[[rule]]
application = "teams"
focus = "near"
`

func TestRulesEvaluate(t *testing.T) {
	c, err := parse("file", []byte(ruleText))
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
		{"preset with its strength", laptop, []audioio.Recorder{zoom, obs}, "max", "podcast", 0, "application obs"},
		{"the first wins", headset, []audioio.Recorder{obs, zoom}, "medium", "podcast", 80, "microphone HEADSET; application obs"},
	} {
		v := rules.Evaluate(c.Rules, x.mic, x.apps)
		strength := ""
		if v.Strength != nil {
			strength = v.Strength.String()
		}
		if strength != x.strength || v.Preset != x.preset || v.Volume != x.volume || v.Reasons != x.reasons {
			t.Errorf("%s: %q %+v, want %+v", x.name, strength, v, x)
		}
	}
}

// Of the virtual output, too, the first rule that says something decides.
func TestRulesOfTheSpeaker(t *testing.T) {
	c, err := parse("file", []byte(ruleText))
	if err != nil {
		t.Fatal(err)
	}
	v := rules.Evaluate(c.Rules, audioio.Device{}, []audioio.Recorder{{Application: "Meet in Chromium"}})
	sp := v.Speaker
	if sp.On == nil || !*sp.On || sp.Strength == nil || sp.Strength.String() != "medium" || sp.Device == nil || *sp.Device != "hdmi" ||
		v.Reasons != "application meet; application chromium" {
		t.Errorf("%+v, because of %q", sp, v.Reasons)
	}
	if v := rules.Evaluate(c.Rules, audioio.Device{}, nil); v.Speaker != (rules.Speaker{}) {
		t.Errorf("%+v without an application", v.Speaker)
	}
}

// So it does of the focus.
func TestRulesOfTheFocus(t *testing.T) {
	c, err := parse("file", []byte(ruleText))
	if err != nil {
		t.Fatal(err)
	}
	v := rules.Evaluate(c.Rules, audioio.Device{}, []audioio.Recorder{{Application: "Microsoft Teams"}})
	if v.Focus == nil || *v.Focus != focus.Me || v.Reasons != "application teams" {
		t.Errorf("%v, because of %q", v.Focus, v.Reasons)
	}
	if w := rules.Evaluate(c.Rules, audioio.Device{}, nil); w.Focus != nil || v.Equal(rules.Verdict{Reasons: v.Reasons}) {
		t.Errorf("%v without an application", w.Focus)
	}
}

func TestRulesAreChecked(t *testing.T) {
	for text, want := range map[string]string{
		"[[rule]]\nstrength = 3\n":       "rule 1: it needs a condition",
		"[[rule]]\nmicrophone = \"a\"\n": "rule 1: it changes nothing",
		"[[rule]]\nmicrophone = \"a\"\nvolume = 1\n[[rule]]\nmicrophone = \"b\"\nvolume = 400\n": "rule 2: volume = 400 is not possible: use 1 to 150 percent",
		"[[rule]]\nmicrophone = \"a\"\nstrength = \"loud\"\n":                                    ":3: rule.strength: invalid strength \"loud\"",
		"[[rule]]\nmicrophone = \"a\"\nstrength = 120\n":                                         "rule 1: invalid strength \"120\"",
		"[[rule]]\nmicrophone = \"a\"\npreset = \"karaoke\"\n":                                   "rule 1: ",
		"[[rule]]\nmicrophone = \"a\"\nspeaker_strength = 120\n":                                 "rule 1: speaker_strength: invalid strength \"120\"",
		"[[rule]]\nmicrophone = \"a\"\nfocus = \"you\"\n":                                        "rule 1: invalid focus \"you\": use off, near or me",
		"[[rule]]\nmicrophone = \"a\"\nspeaker = \"on\"\n":                                       ":3: rule.speaker: it must be true or false",
		"[[rule]]\nmicrophone = \"a\"\nspeaker_volume = 3\n":                                     ":3: unknown key rule.speaker_volume",
		"[[rule]]\nmic = \"a\"\n":                                                                ":2: unknown key rule.mic",
	} {
		if _, err := parse("file", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}
