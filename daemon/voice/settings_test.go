package voice

import (
	"math"
	"testing"
)

func TestLevelText(t *testing.T) {
	for _, l := range []Level{Off, Light, Strong} {
		text, err := l.MarshalText()
		var back Level
		if err != nil || back.UnmarshalText(text) != nil || back != l {
			t.Errorf("%v: %s, %v", l, text, err)
		}
	}
	if _, err := ParseLevel("loud"); err == nil {
		t.Error("an unknown level is taken")
	}
	for _, s := range []Settings{{TargetLUFS: -5}, {TargetLUFS: math.NaN()}, {Limit: 3}, {Limit: math.NaN()}} {
		if s.Check() == nil {
			t.Errorf("%+v is taken", s)
		}
	}
}
