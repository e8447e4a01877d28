package strength

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]Limit{
		"off": 0, "gentle": 12, "Medium": 24, " strong ": 60, "max": 100,
		"0": 0, "18": 18, "18 dB": 18, "18dB": 18, "6.5": 6.5, "100": 100,
	} {
		got, err := Parse(text)
		if err != nil || got != want {
			t.Errorf("%q: %v, %v, want %v", text, got, err, want)
		}
		again, err := Parse(got.String())
		if err != nil || again != got {
			t.Errorf("%q is printed as %q, which reads as %v, %v", text, got.String(), again, err)
		}
	}
	for _, text := range []string{"", "loud", "-1", "101", "NaN", "Inf", "1e9", "12 db db"} {
		if got, err := Parse(text); err == nil {
			t.Errorf("%q was taken as %v", text, got)
		} else if !strings.Contains(err.Error(), "gentle") {
			t.Errorf("%q: %v does not say what is allowed", text, err)
		}
	}
}
