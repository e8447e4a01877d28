package preset

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stillmic/stillmic/configs"
	"github.com/stillmic/stillmic/daemon/voice"
)

func TestEveryPresetLoads(t *testing.T) {
	for _, name := range Names() {
		p, err := Load(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if p.Name != name || p.Description == "" || p.Strength == "" || strings.Contains(p.Description, "\n") {
			t.Errorf("%+v", p)
		}
		if p.Loudness != 0 && (p.Loudness < -30 || p.Loudness > -10) {
			t.Errorf("%s: loudness %v", name, p.Loudness)
		}
		if p.Voice.Gate != voice.Off {
			t.Errorf("%s gates, which nobody gets without asking", name)
		}
	}
	if _, err := Load(Default); err != nil {
		t.Error(err)
	}
}

// Every file is a preset, begins with a comment and sets only what it names.
func TestFilesAreDocumented(t *testing.T) {
	files, err := configs.Presets.ReadDir("presets")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != len(Names()) {
		t.Errorf("%d files, %d names", len(files), len(Names()))
	}
	for _, f := range files {
		text, err := configs.Presets.ReadFile("presets/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		if !regexp.MustCompile(`(?s)^# .{40,}\ndescription = ".{10,80}"\n`).Match(text) {
			t.Errorf("%s does not begin with what it is for", f.Name())
		}
	}
}

func TestUnknownPreset(t *testing.T) {
	for _, name := range []string{"", "loud", "../stillmic", "CALL"} {
		if p, err := Load(name); err == nil || !strings.Contains(err.Error(), "use call, office, podcast") {
			t.Errorf("%q: %+v, %v", name, p, err)
		}
	}
}
