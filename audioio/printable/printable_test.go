package printable

import "testing"

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"":                            "",
		"talk.wav":                    "talk.wav",
		"Gespräch mit Jürgen 👩‍🚀.m4a": "Gespräch mit Jürgen 👩‍🚀.m4a",
		`C:\talk.wav`:                 `C:\talk.wav`,
		"a\x1b[31mb.wav":              `a\x1b[31mb.wav`,
		"a\nb\tc\r.wav":               `a\nb\tc\r.wav`,
		"caf\xe9.wav":                 `caf\xe9.wav`,
		"a\u202egpj.wav":              `a\u202egpj.wav`,
		"a\u009b31m.wav":              `a\u009b31m.wav`,
		"a\u2028b":                    `a\u2028b`,
		"a\ufffdb":                    "a\ufffdb", // written so
	} {
		if got := Text(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
