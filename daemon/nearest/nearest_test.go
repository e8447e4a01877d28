package nearest

import "testing"

func TestWord(t *testing.T) {
	known := []string{"strength", "status", "start", "mute"}
	for word, want := range map[string]string{"stauts": "status", "strenght": "strength", "mutee": "mute", "mute": "mute", "banana": "", "": ""} {
		if got := Word(word, known); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
}
