package settings

import (
	"testing"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/config"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/farend"
	"github.com/stillmic/stillmic/daemon/focus"
	"github.com/stillmic/stillmic/daemon/preset"
	"github.com/stillmic/stillmic/daemon/rules"
	"github.com/stillmic/stillmic/daemon/speaker"
	"github.com/stillmic/stillmic/daemon/strength"
	"github.com/stillmic/stillmic/daemon/voice"
)

// What holds: a verdict before flags, those before choices, and those, while the
// configuration has not changed since, before the configuration.
func TestEffective(t *testing.T) {
	podcast, call := presetVoice(t, "podcast"), presetVoice(t, "call")
	gentle := speaker.Settings{Strength: strength.Gentle}
	custom := voice.Settings{Hum: voice.Strong}
	base := Effective(config.Default(), Flags{}, Chosen{}, rules.Verdict{})
	for name, c := range map[string]struct {
		config  func(*config.Config)
		flags   Flags
		chosen  Chosen
		verdict rules.Verdict
		want    func(*Settings)
	}{
		"the defaults": {want: func(s *Settings) {
			*s = Settings{Strength: strength.Strong, Latency: control.Latency40, Echo: farend.Auto, Focus: focus.Off, Talk: control.Talk{Mode: control.TalkOff}, Voice: call, Preset: "call", Speaker: gentle}
		}},
		"the configuration": {
			config: func(c *config.Config) {
				c.Suppression.Strength, c.Suppression.Bypass, c.Microphone.Device, c.Output.Default = 7, true, "usb", true
				c.Suppression.Echo, c.Suppression.Focus = farend.Off, focus.Near
				c.Speaker = config.Speaker{On: true, Strength: 7, Device: "hdmi"}
				c.Talk.Mode, c.Voice.Preset, c.Suppression.Model, c.Suppression.Latency = control.PushToTalk, "podcast", "small", control.Latency20
			},
			want: func(s *Settings) {
				*s = Settings{Strength: 7, Bypass: true, Device: "usb", Default: true, Talk: control.Talk{Mode: control.PushToTalk},
					Voice: podcast, Preset: "podcast", Model: "small", Latency: control.Latency20, Echo: farend.Off, Focus: focus.Near,
					Speaker: speaker.Settings{On: true, Strength: 7, Device: "hdmi"}}
			}},
		"choices": {
			chosen: Chosen{
				Strength: &Choice[strength.Limit]{12, "strong"}, Model: &Choice[string]{"m", ""}, Latency: &Choice[control.LatencyBudget]{control.Latency20, "40ms"},
				Device: &Choice[string]{"usb", ""}, Default: &Choice[bool]{true, "false"}, Preset: &Choice[string]{"podcast", "call"},
				Echo:      &Choice[control.EchoMode]{farend.On, "auto"},
				Focus:     &Choice[control.FocusMode]{focus.Me, "off"},
				SpeakerOn: &Choice[bool]{true, "false"}, SpeakerStrength: &Choice[strength.Limit]{30, "gentle"},
				SpeakerDevice: &Choice[string]{"usb-out", ""},
				Talk:          &Choice[control.TalkMode]{control.PushToMute, "off"}, Mute: &Choice[bool]{true, ""}, Bypass: &Choice[bool]{true, "false"}, Pressed: true,
			},
			want: func(s *Settings) {
				*s = Settings{Strength: 12, Model: "m", Latency: control.Latency20, Echo: farend.On, Focus: focus.Me, Device: "usb", Default: true, Voice: podcast, Preset: "podcast",
					Talk: control.Talk{Mode: control.PushToMute, Pressed: true}, Mute: true, Bypass: true,
					Speaker: speaker.Settings{On: true, Strength: 30, Device: "usb-out"}}
			}},
		"choices under another configuration": {
			chosen: Chosen{
				Strength: &Choice[strength.Limit]{12, "max"}, Model: &Choice[string]{"m", "n"}, Latency: &Choice[control.LatencyBudget]{control.Latency20, "20ms"},
				Device: &Choice[string]{"usb", "webcam"}, Default: &Choice[bool]{true, "true"}, Preset: &Choice[string]{"podcast", "max"},
				Voice: &Choice[voice.Settings]{custom, "max"}, Talk: &Choice[control.TalkMode]{control.PushToMute, "push-to-talk"}, Bypass: &Choice[bool]{true, "true"},
			}},
		"a preset chosen, and a voice by hand": {
			chosen: Chosen{Preset: &Choice[string]{"podcast", "call"}, Voice: &Choice[voice.Settings]{custom, "call"}},
			want:   func(s *Settings) { s.Voice, s.Preset = custom, "" }},
		"the same voice by hand as the preset's": {
			chosen: Chosen{Preset: &Choice[string]{"podcast", "call"}, Voice: &Choice[voice.Settings]{podcast, "call"}},
			want:   func(s *Settings) { s.Voice, s.Preset = podcast, "podcast" }},
		"no preset": {
			chosen: Chosen{Preset: &Choice[string]{"", "call"}},
			want:   func(s *Settings) { s.Voice, s.Preset = voice.Settings{}, "" }},
		"flags before choices": {
			flags: Flags{Strength: new(strength.Max), Device: new("flagged"), Model: new("small"), Latency: new(control.Latency20)},
			chosen: Chosen{Strength: &Choice[strength.Limit]{12, "strong"}, Device: &Choice[string]{"usb", ""}, Channel: &Choice[int]{3, ":0"},
				Model: &Choice[string]{"m", ""}, Latency: &Choice[control.LatencyBudget]{control.Latency40, "40ms"}},
			want: func(s *Settings) {
				s.Strength, s.Device, s.Model, s.Latency = strength.Max, "flagged", "small", control.Latency20
			}},
		"a channel of the microphone chosen": {
			chosen: Chosen{Device: &Choice[string]{"usb", ""}, Channel: &Choice[int]{3, ":0"}},
			want:   func(s *Settings) { s.Device, s.Channel = "usb", 3 }},
		"a channel of another microphone than the configuration's": {
			config: func(c *config.Config) { c.Microphone.Device = "webcam" },
			chosen: Chosen{Device: &Choice[string]{"usb", ""}, Channel: &Choice[int]{3, ":0"}},
			want:   func(s *Settings) { s.Device = "webcam" }},
		"a channel by a flag": {
			config: func(c *config.Config) { c.Microphone.Channel = 2 },
			flags:  Flags{Channel: new(4)},
			want:   func(s *Settings) { s.Channel = 4 }},
		"a verdict before flags": {
			flags:   Flags{Strength: new(strength.Max)},
			chosen:  Chosen{Voice: &Choice[voice.Settings]{custom, "call"}},
			verdict: rules.Verdict{Strength: new(strength.Gentle), Preset: "podcast", Volume: 80, Reasons: "application obs"},
			want: func(s *Settings) {
				s.Strength, s.Voice, s.Preset, s.Volume, s.Rules = strength.Gentle, podcast, "podcast", 80, "application obs"
			}},
		"a verdict on the focus": {
			chosen:  Chosen{Focus: &Choice[control.FocusMode]{focus.Me, "off"}},
			verdict: rules.Verdict{Focus: new(focus.Near), Reasons: "application zoom"},
			want:    func(s *Settings) { s.Focus, s.Rules = focus.Near, "application zoom" }},
		"a verdict on the speaker": {
			chosen: Chosen{SpeakerDevice: &Choice[string]{"usb-out", ""}},
			verdict: rules.Verdict{Speaker: rules.Speaker{On: new(true), Strength: new(strength.Medium), Device: new("")},
				Reasons: "application zoom"},
			want: func(s *Settings) {
				s.Speaker, s.Rules = speaker.Settings{On: true, Strength: strength.Medium}, "application zoom"
			}},
		"a verdict on the volume alone": {
			verdict: rules.Verdict{Volume: 80, Reasons: "microphone usb"},
			want:    func(s *Settings) { s.Volume, s.Rules = 80, "microphone usb" }},
	} {
		cfg, want := config.Default(), base
		if c.config != nil {
			c.config(&cfg)
		}
		if c.want != nil {
			c.want(&want)
		}
		if got := Effective(cfg, c.flags, c.chosen, c.verdict); got != want {
			t.Errorf("%s:\n%+v, want\n%+v", name, got, want)
		}
	}
}

func presetVoice(t *testing.T, name string) voice.Settings {
	t.Helper()
	p, err := preset.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	return p.Voice
}

func TestSilent(t *testing.T) {
	for _, c := range []struct {
		s    Settings
		want bool
	}{
		{Settings{}, false},
		{Settings{Mute: true}, true},
		{Settings{Talk: control.Talk{Mode: control.PushToTalk}}, true},
		{Settings{Talk: control.Talk{Mode: control.PushToTalk, Pressed: true}}, false},
		{Settings{Mute: true, Talk: control.Talk{Mode: control.PushToTalk, Pressed: true}}, true},
		{Settings{Talk: control.Talk{Mode: control.PushToMute, Pressed: true}}, true},
	} {
		if c.s.Silent() != c.want {
			t.Errorf("%+v", c.s)
		}
	}
}

// What a person chooses goes over the flag and the rule that set the same, is remembered,
// and stays when the rule ends; the next verdict goes over it again.
func TestChoiceBesideRuleAndFlag(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, config.Default(), nil)
	s.flags = Flags{Strength: new(strength.Max)}
	rule := rules.Verdict{Strength: new(strength.Gentle), Preset: "podcast", Reasons: "a rule"}
	want := func(when string, limit strength.Limit, preset string) {
		t.Helper()
		if now := s.Now(); now.Strength != limit || now.Preset != preset {
			t.Errorf("%s: %s and %q, want %s and %q", when, now.Strength, now.Preset, limit, preset)
		}
	}
	if !s.SetVerdict(rule) || s.SetVerdict(rule) {
		t.Error("a verdict is news once")
	}
	want("a rule", strength.Gentle, "podcast")
	s.SetStrength(strength.Gentle)
	want("the same by hand", strength.Gentle, "podcast")
	s.SetStrength(strength.Medium)
	s.SetVerdict(rule)
	want("another by hand", strength.Medium, "podcast")
	if err := s.SetPreset("interview"); err != nil {
		t.Fatal(err)
	}
	byHand := s.Now().Strength
	want("a preset by hand", byHand, "interview")
	s.SetVerdict(rules.Verdict{})
	want("no rule", byHand, "interview")
	s.SetVerdict(rule)
	want("the rule again", strength.Gentle, "podcast")
	s.Close()
	s = open(t, dir, config.Default(), nil)
	defer s.Close()
	want("after a restart", byHand, "interview")
}

// A preset's focus holds until another preset or focus is chosen, and what was before comes back. A
// rule's own word on the focus goes before a preset's that says nothing.
func TestPresetFocus(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, config.Default(), nil)
	preset := func(name string) func() {
		return func() {
			if err := s.SetPreset(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	chosen := func(m control.FocusMode) func() { return func() { s.SetFocus(m) } }
	judged := func(v rules.Verdict) func() { return func() { s.SetVerdict(v) } }
	office := rules.Evaluate([]rules.Rule{{Application: "zoom", Preset: "office"}}, audioio.Device{}, []audioio.Recorder{{Application: "Zoom"}})
	own := rules.Evaluate([]rules.Rule{{Application: "zoom", Preset: "office", Focus: new(focus.Me)}}, audioio.Device{}, []audioio.Recorder{{Application: "Zoom"}})
	for _, step := range []struct {
		what string
		do   func()
		want control.FocusMode
	}{
		{"a preset with a focus", preset("office"), focus.Near},
		{"one without", preset("call"), focus.Off},
		{"chosen by hand", chosen(focus.Me), focus.Me},
		{"a preset over it", preset("office"), focus.Near},
		{"a voice by hand", func() { _ = s.SetVoice(voice.Settings{Hum: voice.Strong}) }, focus.Near},
		{"no preset", preset(""), focus.Me},
		{"a preset for several voices", preset("interview"), focus.Off},
		{"by hand beside it", chosen(focus.Near), focus.Near},
		{"no preset again", preset(""), focus.Near},
		{"a preset again", preset("interview"), focus.Off},
		{"a rule's preset", judged(office), focus.Near},
		{"by hand beside the rule", chosen(focus.Off), focus.Off},
		{"no rule", judged(rules.Verdict{}), focus.Off},
		{"the rule again", judged(office), focus.Near},
		{"a preset by hand beside it", preset("call"), focus.Off},
		{"a rule's own focus", judged(own), focus.Me},
		{"a preset beside it that says nothing", preset("call"), focus.Me},
		{"a preset beside it that does", preset("interview"), focus.Off},
		{"the last", judged(rules.Verdict{}), focus.Off},
		{"and before it", preset("office"), focus.Near},
	} {
		if step.do(); s.Now().Focus != step.want {
			t.Errorf("%s: %s, want %s", step.what, s.Now().Focus, step.want)
		}
	}
	s.Close()
	s = open(t, dir, config.Default(), nil)
	defer s.Close()
	if now := s.Now(); now.Focus != focus.Near || now.Preset != "office" {
		t.Errorf("after a restart: %s, %s", now.Focus, now.Preset)
	}
	if preset("call")(); s.Now().Focus != focus.Off {
		t.Errorf("then without: %s", s.Now().Focus)
	}
}

// The same of the virtual output.
func TestSpeakerBesideRule(t *testing.T) {
	s := open(t, t.TempDir(), config.Default(), nil)
	defer s.Close()
	rule := rules.Verdict{Speaker: rules.Speaker{On: new(true), Device: new("hdmi")}, Reasons: "a rule"}
	want := func(when string, on bool, device string) {
		t.Helper()
		if now := s.Now().Speaker; now.On != on || now.Device != device || now.Strength != strength.Gentle {
			t.Errorf("%s: %+v, want %v on %q", when, now, on, device)
		}
	}
	if !s.SetVerdict(rule) || s.SetVerdict(rules.Verdict{Speaker: rules.Speaker{On: new(true), Device: new("hdmi")}, Reasons: "a rule"}) {
		t.Error("a verdict is news once")
	}
	want("a rule", true, "hdmi")
	s.SetSpeaker(new(false), nil, nil)
	want("off by hand", false, "hdmi")
	s.SetVerdict(rules.Verdict{})
	want("no rule", false, "")
	s.SetVerdict(rule)
	want("the rule again", true, "hdmi")
}

// The talk button is released with a new mode, and never saved.
func TestTalk(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, config.Default(), nil)
	if !s.SetTalk(control.TalkChange{Mode: new(control.PushToTalk)}) || s.SetTalk(control.TalkChange{Pressed: new(true)}) {
		t.Error("a new mode is one once")
	}
	if s.Now().Silent() {
		t.Error("silent while pressed")
	}
	s.SetTalk(control.TalkChange{Mode: new(control.PushToTalk)})
	if !s.Now().Talk.Pressed {
		t.Error("the same mode released it")
	}
	s.Close()
	s = open(t, dir, config.Default(), nil)
	defer s.Close()
	if talk := s.Now().Talk; talk != (control.Talk{Mode: control.PushToTalk}) || !s.Now().Silent() {
		t.Errorf("after a restart %+v", talk)
	}
}

// What cannot be used changes nothing.
func TestInvalidChoices(t *testing.T) {
	s := open(t, t.TempDir(), config.Default(), nil)
	defer s.Close()
	before := s.Now()
	if err := s.SetPreset("karaoke"); err == nil {
		t.Error("there is no such preset")
	}
	if err := s.SetVoice(voice.Settings{TargetLUFS: 30}); err == nil {
		t.Error("nothing is that loud")
	}
	if got := s.Now(); got != before {
		t.Errorf("%+v", got)
	}
	s.IgnoreModel("light", control.Latency20)
	if got := s.Now(); got.Model != "light" || got.Latency != control.Latency20 {
		t.Errorf("%+v", got)
	}
}
