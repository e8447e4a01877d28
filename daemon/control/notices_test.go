package control

import (
	"strings"
	"testing"
)

// A person is told of what keeps a voice from the callers, and of nothing else.
func TestNotices(t *testing.T) {
	for want, s := range map[string]Status{
		"":                                   {VoiceDB: -100},
		"Stillmic Microphone is muted":       {VoiceDB: -100, SinkMuted: true},
		"your microphone is muted":           {VoiceDB: -100, SourceMuted: true},
		"zoom records your microphone":       {VoiceDB: -30, RawApps: []string{"zoom"}},
		"a, b and c record your microphone":  {VoiceDB: -100, RawApps: []string{"a", "b", "c"}},
		"your voice is very soft (-60 dBFS)": {VoiceDB: -60},
	} {
		list := Notices(s)
		if list == nil || want == "" && len(list) != 0 || want != "" && (len(list) != 1 || !strings.HasPrefix(list[0], want)) {
			t.Errorf("%+v: %q, want %q", s, list, want)
		}
	}
}
