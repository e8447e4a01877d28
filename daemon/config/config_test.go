package config

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/stillmic/stillmic/daemon/preset"
	"github.com/stillmic/stillmic/daemon/strength"
	"github.com/stillmic/stillmic/daemon/voice"
)

const annotated = "../../configs/stillmic.toml"

// The annotated file names every key once, with a comment above it, and holds
// the defaults.
func TestDefaultFileDocumentsEveryKey(t *testing.T) {
	c, err := Load(annotated, true)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(c, Default()) {
		t.Errorf("the file says\n%+v, the defaults are\n%+v", c, Default())
	}
	text, err := os.ReadFile(annotated)
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]bool{}
	section, before := "", ""
	for line := range strings.SplitSeq(string(text), "\n") {
		if s := regexp.MustCompile(`^\[(\w+)\]$`).FindStringSubmatch(line); s != nil {
			section = s[1]
		}
		if k := regexp.MustCompile(`^(\w+) = `).FindStringSubmatch(line); k != nil {
			documented[section+"."+k[1]] = strings.HasPrefix(before, "# ")
		}
		before = line
	}
	for _, key := range Keys() {
		if commented, there := documented[key]; !there || !commented {
			t.Errorf("%s: in the file %v, with a comment above %v", key, there, commented)
		}
		delete(documented, key)
	}
	if len(documented) > 0 {
		t.Errorf("keys that do not exist: %v", documented)
	}
}

func TestConfigIsStrict(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"[suppression]\nstrenght = \"max\"\n", ":2: unknown key suppression.strenght; did you mean suppression.strength?"},
		{"[supression]\nstrength = \"max\"\n", ":1: unknown section [supression]; did you mean [suppression]?"},
		{"strength = \"max\"\n", ":1: unknown key strength; it stands under [[rule]], [speaker], [suppression]"},
		{"[[rul]]\nmicrophone = \"x\"\n", ":1: unknown section [rul]; did you mean [[rule]]?"},
		{"[[rule]]\nzzzzzzzz = \"x\"\n", ":2: unknown key rule.zzzzzzzz; [[rule]] has microphone"},
		{"# page\nlisten = \"127.0.0.1:8765\"\n", ":2: unknown key listen; it stands under [control]"},
		{"[microphone]\nlisten = \"off\"\n", ":2: unknown key microphone.listen; it stands under [control]"},
		{"[log]\nfile = \"x\"\n", ":2: unknown key log.file; [log] has format, level"},
		{"[control]\nlisten = 127.0.0.1:8765 # the page\n", ":2: listen: a text stands in quotes, like listen = \"127.0.0.1:8765\""},
		{"[suppression]\nstrength = strong\n", ":2: strength: a text stands in quotes, like strength = \"strong\""},
		{"[[rule]]\nmikrophone = \"x\"\n", ":2: unknown key rule.mikrophone; did you mean rule.microphone?"},
		{"[idle]\nafter_s = \"x\"\n", ":2: idle.after_s: it must be a number, like 5"},
		{"\n[suppression]\nstrength = \"loud\"\n", ":3: suppression.strength: invalid strength \"loud\": use off, gentle"},
		{"[suppression]\nstrength = 120\n", ":2: suppression.strength: invalid strength \"120\""},
		{"[suppression]\nbypass = \"yes\"\n", ":2: suppression.bypass"},
		{"[suppression]\nlatency = \"30ms\"\n", ":2: suppression.latency: invalid latency \"30ms\": use 20ms or 40ms"},
		{"[log]\nlevel = \"loud\"\n", ":2: log.level: invalid value \"loud\": use debug, info, warn, error"},
		{"[log]\nformat = \"xml\"\n", ":2: log.format: invalid value \"xml\": use auto, console, json"},
		{"[output]\nname = \"two words\"\n", ":2: output.name: invalid device name \"two words\": use letters"},
		{"[output]\nname = \"\"\n", ":2: output.name: the name is empty"},
		{"[output]\ndescription = \"Bob's\"\n", ":2: output.description"},
		{"[audio]\nbackend = \"jack\"\n", ":2: audio.backend: invalid value \"jack\": use auto, pulse, portaudio"},
		{"[idle]\nafter_s = 0\n", ":2: idle.after_s: 0 s is not possible"},
		{"[idle]\nafter_s = nan\n", ":2: idle.after_s: NaN s is not possible"},
		{"[voice]\ndeess = \"much\"\n", ":2: voice.deess: invalid level \"much\": use off, light or strong"},
		{"[voice]\npreset = \"loud\"\n", ":2: voice.preset: invalid preset \"loud\": use call"},
		{"[talk]\nmode = \"always\"\n", ":2: talk.mode: "},
		{"[voice]\ntarget_lufs = 3\n", ":2: voice.target_lufs: target_lufs is 3; use -40 to -10 LUFS"},
		{"[voice]\n\nlimit_dbtp = nan\n", ":3: voice.limit_dbtp: limit_dbtp is NaN; use"},
		{"[log\nlevel = \"info\"\n", ":1: "},
		{"[log]\nlevel = \"info\"\nlevel = \"warn\"\n", ":3: "},
		{"suppression = {strength = \"loud\"}\n", ":1: suppression: invalid strength"},
		{"\n\nsuppression.strength = \"loud\"\n", ":3: suppression.strength"},
	} {
		got, err := parse("a.toml", []byte(c.text))
		if err == nil {
			t.Errorf("%q was taken as %+v", c.text, got)
			continue
		}
		if msg := err.Error(); !strings.HasPrefix(msg, "a.toml"+c.want) || strings.Contains(msg, "\n") {
			t.Errorf("%q:\n%s\nwant a.toml%s...", c.text, msg, c.want)
		}
	}
}

func TestConfigValues(t *testing.T) {
	c, err := parse("a.toml", []byte("[suppression]\nstrength = 18\n[microphone]\ndevice = \"usb\"\n"))
	if err != nil || c.Suppression.Strength != 18 || c.Microphone.Device != "usb" || c.Output.Name != "stillmic" {
		t.Errorf("%+v, %v", c, err)
	}
}

// Single voice settings go over those of the preset, and tell one file from
// another, so that a choice ends when the file says something else.
func TestVoiceConfig(t *testing.T) {
	call, podcast := presetVoice(t, "call"), presetVoice(t, "podcast")
	sharp, soft := call, podcast
	sharp.DeEss, sharp.TargetLUFS = voice.Light, -23
	soft.Click, soft.Limit = voice.Off, -2
	fingerprints := map[string]string{}
	for _, c := range []struct {
		text, name string
		want       voice.Settings
	}{
		{"", "call", call},
		{"preset = \"podcast\"", "podcast", podcast},
		{"preset = \"podcast\"\ndeess = \"light\"", "podcast", podcast}, // as the preset has it
		{"deess = \"light\"\ntarget_lufs = -23", "", sharp},
		{"preset = \"podcast\"\nclick = \"off\"\nlimit_dbtp = -2", "", soft},
		{"preset = \"\"", "", voice.Settings{}},
		{"preset = \"\"\nhum = \"strong\"", "", voice.Settings{Hum: voice.Strong}},
		{"preset = \"\"\nroom = \"strong\"", "", voice.Settings{Dereverb: voice.Strong}}, // its name before
	} {
		f, err := parse("a.toml", []byte("[voice]\n"+c.text+"\n"))
		if err != nil {
			t.Error(err)
			continue
		}
		got, name, err := f.Voice.Settings()
		if err != nil || got != c.want || name != c.name {
			t.Errorf("%q: %+v, %q, %v", c.text, got, name, err)
		}
		if other, there := fingerprints[f.Voice.String()]; there {
			t.Errorf("%q cannot be told from %q", c.text, other)
		}
		fingerprints[f.Voice.String()] = c.text
	}
}

// Every setting of the voice is a key of the configuration.
func TestVoiceConfigIsComplete(t *testing.T) {
	set, config := reflect.TypeFor[voice.Settings](), reflect.TypeFor[Voice]()
	for setting := range set.Fields() {
		f, there := config.FieldByName(setting.Name)
		if !there || f.Tag.Get("toml") != setting.Tag.Get("toml") {
			t.Errorf("%s: no key of that name", setting.Name)
		}
	}
	for f := range config.Fields() {
		if f.Name == "Preset" {
			continue
		}
		var c Voice
		switch v := reflect.ValueOf(&c).Elem().FieldByIndex(f.Index); v.Kind() {
		case reflect.Struct:
			v.Set(reflect.ValueOf(Knob{voice.Strong, true}))
		default:
			v.SetFloat(-12)
		}
		s, _, err := c.Settings()
		name := f.Name
		if now := f.Tag.Get("before"); now != "" {
			name = now
		}
		if err != nil || reflect.ValueOf(s).FieldByName(name).IsZero() {
			t.Errorf("%s does not act: %+v, %v", f.Name, s, err)
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

func TestMissingConfig(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.toml")
	if c, err := Load(path, false); err != nil || !reflect.DeepEqual(c, Default()) {
		t.Errorf("%+v, %v", c, err)
	}
	if _, err := Load(path, true); err == nil {
		t.Error("a file that was asked for is missing, and that is no error")
	}
}

func FuzzConfig(f *testing.F) {
	text, err := os.ReadFile(annotated)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte("[suppression]\nstrength = 1e400\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := parse("a.toml", text)
		if err == nil && (c.Suppression.Strength < 0 || c.Suppression.Strength > strength.Max || c.Output.Name == "") {
			t.Errorf("%q was taken as %+v", text, c)
		}
	})
}

// Editors of Windows write a byte order mark.
func TestByteOrderMark(t *testing.T) {
	file := filepath.Join(t.TempDir(), "stillmic.toml")
	if err := os.WriteFile(file, []byte("\ufeff[microphone]\ndevice = \"webcam\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if c, err := Load(file, true); err != nil || c.Microphone.Device != "webcam" {
		t.Errorf("device %q, %v", c.Microphone.Device, err)
	}
}
