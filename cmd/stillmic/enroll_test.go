package main

import (
	"strings"
	"testing"

	"github.com/stillmic/stillmic/daemon/enrol"
	"github.com/stillmic/stillmic/daemon/messages"
)

// TestTextToReadFits: in every language it is long enough for 20 s of speech, its lines fit 80
// columns, and nothing of it is lost.
func TestTextToReadFits(t *testing.T) {
	for _, name := range messages.Languages {
		c, err := messages.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		text := c.Text("enrol.text")
		lines := wrapped(text, 76)
		if n := columnsOf(text); n < 380 {
			t.Errorf("%s: the text has %d columns", name, n)
		}
		for _, line := range lines {
			if n := columnsOf(line); n > 76 || n < 20 && line != lines[len(lines)-1] {
				t.Errorf("%s: %d columns: %s", name, n, line)
			}
			if strings.ContainsRune("、。，：；！？」”》）", []rune(line)[0]) {
				t.Errorf("%s: a line begins with %s", name, line)
			}
		}
		if got := strings.ReplaceAll(strings.Join(lines, ""), " ", ""); got != strings.ReplaceAll(text, " ", "") {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// TestHintsHaveAdvice of at most 36 letters, which a line has room for.
func TestHintsHaveAdvice(t *testing.T) {
	for _, h := range enrol.Hints {
		if n := len(advice[h]); n == 0 || n > 36 {
			t.Errorf("%q has %d letters of advice", h, n)
		}
	}
}
