package settings

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/stillmic/stillmic/daemon/config"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/strength"
	"github.com/stillmic/stillmic/daemon/voice"
)

// open opens a store in a folder, over a configuration; what it does is not used.
func open(t *testing.T, dir string, c config.Config, log *zap.Logger) *Store {
	t.Helper()
	s, err := Open(Options{Config: c, StateDir: dir, SessionDir: dir, Log: log, Use: func(_, _ Settings) {}, Changed: func() {}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A choice holds after a restart, until the configuration says something else.
func TestChoicesSurvive(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	s := open(t, dir, config.Default(), nil)
	for range 100 {
		s.SetStrength(strength.Gentle)
	}
	s.SetStrength(strength.Medium)
	s.SetMute(true)
	s.SetDefaultBefore("usb")
	s.Close()
	for _, name := range []string{"choices.json", "session.json"} {
		if st, err := os.Stat(filepath.Join(dir, name)); err != nil || st.Mode().Perm() != 0o600 {
			t.Fatalf("%v, %v", st, err)
		}
	}
	for _, r := range []struct{ says, want strength.Limit }{
		{strength.Strong, strength.Medium}, {strength.Max, strength.Max}, {strength.Strong, strength.Medium},
	} {
		c := config.Default()
		c.Suppression.Strength = r.says
		s := open(t, dir, c, nil)
		if now := s.Now(); now.Strength != r.want || !now.Mute || s.DefaultBefore() != "usb" {
			t.Errorf("the file says %s: %+v, before %q; want %s", r.says, now, s.DefaultBefore(), r.want)
		}
		s.Close()
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 2 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// Files of earlier versions hold every value as a text. What is not known, or not right,
// stays in the file.
func TestEarlierFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("choices.json", `{
		"suppression.strength": {"value": "18 dB", "config": "strong"},
		"microphone.device": {"value": "true", "config": ""},
		"output.default": {"value": "true", "config": "false"},
		"voice.preset": {"value": "podcast", "config": "call"},
		"voice.settings": {"value": "{\"hum\":\"strong\",\"room\":\"light\",\"target_lufs\":-20}", "config": "call"},
		"talk.mode": {"value": "shout", "config": "off"},
		"colour": {"value": "green", "config": ""}}`)
	write("session.json", `{"bypass": {"value": "true", "config": "false"}, "mute": {"value": "true", "config": ""}}`)
	core, logs := observer.New(zap.WarnLevel)
	s := open(t, dir, config.Default(), zap.New(core))
	now := s.Now()
	if now.Strength != 18 || now.Device != "true" || !now.Default || !now.Bypass || !now.Mute ||
		now.Preset != "" || now.Voice != (voice.Settings{Hum: voice.Strong, Dereverb: voice.Light, TargetLUFS: -20}) || now.Talk.Mode != control.TalkOff {
		t.Errorf("%+v", now)
	}
	if logs.Len() != 1 || !strings.Contains(logs.All()[0].ContextMap()["error"].(string), "shout") {
		t.Errorf("%v", logs.All())
	}
	s.SetStrength(strength.Gentle)
	s.Close()
	text, err := os.ReadFile(filepath.Join(dir, "choices.json"))
	for _, part := range []string{`"gentle"`, `"green"`, `"shout"`, `"podcast"`} {
		if err != nil || !strings.Contains(string(text), part) {
			t.Errorf("%s is not in the file: %s, %v", part, text, err)
		}
	}
	again := open(t, dir, config.Default(), nil)
	defer again.Close()
	now.Strength = strength.Gentle
	if got := again.Now(); got != now {
		t.Errorf("after a restart %+v, want %+v", got, now)
	}
}

// A broken file costs the choices, a folder that cannot be written their survival; neither
// stops anything, and each is said once.
func TestChoicesCannotBeKept(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "choices.json")
	for text, warnings := range map[string]int{
		"": 1, "{": 1, "null": 0, "[]": 1, `{"talk.mode": 3}`: 1,
		`{"suppression.strength": {"value": 3000, "config": "strong"}}`: 1, `{"microphone.device": {}}`: 1,
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		core, logs := observer.New(zap.WarnLevel)
		s := open(t, dir, config.Default(), zap.New(core))
		s.SetDevice("b", 0)
		s.Close()
		if logs.Len() != warnings {
			t.Errorf("%q: %v", text, logs.All())
		}
		if now, err := os.ReadFile(path); err != nil || !strings.Contains(string(now), `"b"`) {
			t.Errorf("%q became %q, %v", text, now, err)
		}
	}
	core, logs := observer.New(zap.WarnLevel)
	s := open(t, path, config.Default(), zap.New(core)) // a folder that is a file
	s.SetDevice("b", 0)
	s.Close()
	if logs.FilterMessageSnippet("will not survive").Len() != 1 {
		t.Errorf("%v", logs.All())
	}
}
