package daemon

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

const annotated = "../configs/stillmic.toml"

// The annotated file names every key once, with a comment above it, and holds
// the defaults.
func TestDefaultFileDocumentsEveryKey(t *testing.T) {
	c, err := LoadConfig(annotated, true)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(c, DefaultConfig()) {
		t.Errorf("the file says\n%+v, the defaults are\n%+v", c, DefaultConfig())
	}
	text, err := os.ReadFile(annotated)
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]bool{}
	section, before := "", ""
	for _, line := range strings.Split(string(text), "\n") {
		if s := regexp.MustCompile(`^\[(\w+)\]$`).FindStringSubmatch(line); s != nil {
			section = s[1]
		}
		if k := regexp.MustCompile(`^(\w+) = `).FindStringSubmatch(line); k != nil {
			documented[section+"."+k[1]] = strings.HasPrefix(before, "# ")
		}
		before = line
	}
	for _, key := range ConfigKeys() {
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
		{"[suppression]\nstrenght = \"max\"\n", ":2: unknown key suppression.strenght: known are audio.backend"},
		{"[supression]\nstrength = \"max\"\n", ":1: unknown key supression"},
		{"\n[suppression]\nstrength = \"loud\"\n", ":3: suppression.strength: \"loud\" is no strength: allowed are off, gentle"},
		{"[suppression]\nstrength = 120\n", ":2: suppression.strength: \"120\" is no strength"},
		{"[suppression]\nbypass = \"yes\"\n", ":2: suppression.bypass"},
		{"[log]\nlevel = \"loud\"\n", ":2: log.level: \"loud\" is not allowed: use debug, info, warn, error"},
		{"[log]\nformat = \"xml\"\n", ":2: log.format: \"xml\" is not allowed: use auto, console, json"},
		{"[output]\nname = \"two words\"\n", ":2: output.name: \"two words\" is no device name: use letters"},
		{"[output]\nname = \"\"\n", ":2: output.name: the name is empty"},
		{"[output]\ndescription = \"Bob's\"\n", ":2: output.description"},
		{"[audio]\nbackend = \"jack\"\n", ":2: audio.backend: \"jack\" is not allowed: use auto, pulse, portaudio"},
		{"[idle]\nafter_s = 0\n", ":2: idle.after_s: 0 s is not possible"},
		{"[idle]\nafter_s = nan\n", ":2: idle.after_s: NaN s is not possible"},
		{"[log\nlevel = \"info\"\n", ":1: "},
		{"[log]\nlevel = \"info\"\nlevel = \"warn\"\n", ":3: "},
		{"suppression = {strength = \"loud\"}\n", ":1: suppression.strength"},
		{"\n\nsuppression.strength = \"loud\"\n", ":3: suppression.strength"},
	} {
		got, err := parseConfig("a.toml", []byte(c.text))
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
	c, err := parseConfig("a.toml", []byte("[suppression]\nstrength = 18\n[microphone]\ndevice = \"usb\"\n"))
	if err != nil || c.Suppression.Strength != 18 || c.Microphone.Device != "usb" || c.Output.Name != "stillmic" {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestMissingConfig(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.toml")
	if c, err := LoadConfig(path, false); err != nil || !reflect.DeepEqual(c, DefaultConfig()) {
		t.Errorf("%+v, %v", c, err)
	}
	if _, err := LoadConfig(path, true); err == nil {
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
		c, err := parseConfig("a.toml", text)
		if err == nil && (c.Suppression.Strength < 0 || c.Suppression.Strength > Max || c.Output.Name == "") {
			t.Errorf("%q was taken as %+v", text, c)
		}
	})
}
