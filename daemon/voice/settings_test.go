package voice

import (
	"encoding/json"
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

// JSON of single settings leaves the others, and takes the name of dereverb before.
func TestSettingsFromJSON(t *testing.T) {
	s := Settings{Hum: Strong}
	if err := json.Unmarshal([]byte(`{"room":"light","limit_dbtp":-2}`), &s); err != nil {
		t.Fatal(err)
	}
	if want := (Settings{Hum: Strong, Dereverb: Light, Limit: -2}); s != want {
		t.Errorf("%+v, want %+v", s, want)
	}
	text, err := json.Marshal(s)
	back := Settings{}
	if err != nil || json.Unmarshal(text, &back) != nil || back != s {
		t.Errorf("%s, %v, %+v", text, err, back)
	}
}
