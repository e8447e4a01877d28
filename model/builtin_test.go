package model

import (
	"errors"
	"strings"
	"testing"

	"github.com/stillmic/stillmic/dsp"
)

// Every name is that of a network that loads, or whose weights this build lacks; the
// default is the first there is for recordings.
func TestBuiltIn(t *testing.T) {
	lookahead := map[string]int{NameFull: 2}
	for _, name := range Names() {
		w, err := Named(name)
		if errors.Is(err, ErrNoWeights) && (name == NameFull || name == NameLowLatency) {
			t.Logf("%s: %v", name, err)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if w.Name() != name || w.Lookahead() != lookahead[name] {
			t.Errorf("%s: name %q, lookahead %d", name, w.Name(), w.Lookahead())
		}
		if got := NewSuppressor(w).Delay(); got != w.Delay() || got != dsp.Hop*(1+lookahead[name]) || got > MaxDelay {
			t.Errorf("%s: a delay of %d, of its stream %d", name, w.Delay(), got)
		}
	}
	if _, err := Named("largest"); err == nil || !strings.Contains(err.Error(), "use full, low-latency, light, small") {
		t.Errorf("an unknown name gives %v", err)
	}
	w, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	want := NameFull
	if _, err := Full(); err != nil {
		want = NameLight
	}
	if w.Name() != want {
		t.Errorf("the default is %q, want %q", w.Name(), want)
	}
}
