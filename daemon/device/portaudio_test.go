package device

import (
	"errors"
	"strings"
	"testing"

	"github.com/stillmic/stillmic/audioio"
)

func named(names ...string) []audioio.Device {
	list := make([]audioio.Device, len(names))
	for i, n := range names {
		list[i] = audioio.Device{Name: n, Default: i == 0}
	}
	return list
}

func TestPickCable(t *testing.T) {
	outputs := named("Speakers (Realtek)", "CABLE Input (VB-Audio Virtual Cable)", "BlackHole 2ch")
	for name, want := range map[string]string{"": "CABLE Input (VB-Audio Virtual Cable)", "BlackHole 2ch": "BlackHole 2ch"} {
		if got, err := pickCable(outputs, name); err != nil || got != want {
			t.Errorf("%q: %q, %v, want %q", name, got, err, want)
		}
	}
	for _, c := range [][]audioio.Device{nil, named("Speakers")} {
		if got, err := pickCable(c, ""); !errors.Is(err, audioio.ErrNoDevice) {
			t.Errorf("%v: %q, %v", c, got, err)
		}
	}
	if _, err := pickCable(outputs, "Tape"); !errors.Is(err, audioio.ErrNoDevice) {
		t.Errorf("a cable that is not there: %v", err)
	}
}

// The far end of the cable is the one input that is never recorded.
func TestPickInput(t *testing.T) {
	inputs := named("CABLE Output (VB-Audio Virtual Cable)", "Microphone (USB)", "BlackHole 2ch")
	if d, err := pickInput(inputs, "", PortAudio{}); err != nil || d.Name != "Microphone (USB)" {
		t.Errorf("the cable is the default: %q, %v", d.Name, err)
	}
	if d, err := pickInput(inputs, "Microphone (USB)", PortAudio{}); err != nil || d.Name != "Microphone (USB)" {
		t.Errorf("by name: %q, %v", d.Name, err)
	}
	for _, name := range []string{"BlackHole 2ch", "CABLE Output (VB-Audio Virtual Cable)", "Tape"} {
		if d, err := pickInput(inputs, name, PortAudio{}); !errors.Is(err, audioio.ErrNoDevice) {
			t.Errorf("%q: %q, %v", name, d.Name, err)
		}
	}
	if d, err := pickInput(named("pulse", "mic"), "", PortAudio{Cable: "pulse"}); err != nil || d.Name != "mic" {
		t.Errorf("the configured cable is the default: %q, %v", d.Name, err)
	}
}

// What the speaker's cable gives is no microphone.
func TestSpeakerCableIsNoMicrophone(t *testing.T) {
	o := PortAudio{SpeakerCable: "Calls Output"}
	if d, err := pickInput(named("Calls Output", "mic"), "", o); err != nil || d.Name != "mic" {
		t.Errorf("it is the default: %q, %v", d.Name, err)
	}
	if d, err := pickInput(named("Calls Output", "mic"), "Calls Output", o); !errors.Is(err, audioio.ErrNoDevice) {
		t.Errorf("by name: %q, %v", d.Name, err)
	}
}

// The speaker plays on what is chosen, or the default, or another, and never into a cable.
func TestPickOutput(t *testing.T) {
	o := PortAudio{Cable: "tape", SpeakerCable: "Calls Output"}
	for name, c := range map[string]struct {
		list               []audioio.Device
		device, want, loop string
	}{
		"the default":            {named("a", "b"), "", "a", ""},
		"by name":                {named("a", "b"), "b", "b", ""},
		"one that is not there":  {named("a", "b"), "c", "a", ""},
		"the default is its own": {named("Calls Input", "b"), "", "b", ""},
		"a cable by name":        {named("a", "CABLE Input (VB-Audio Virtual Cable)"), "CABLE Input (VB-Audio Virtual Cable)", "a", "CABLE Input (VB-Audio Virtual Cable)"},
		"the microphone's cable": {named("a", "tape"), "tape", "a", "tape"},
		"cables alone":           {named("BlackHole 2ch", "tape"), "", "", ""},
	} {
		for i := range c.list {
			c.list[i].Description = c.list[i].Name
		}
		if out, loop := pickOutput(c.list, c.device, o); out.Name != c.want || loop != c.loop {
			t.Errorf("%s: %q, left out %q; want %q, %q", name, out.Name, loop, c.want, c.loop)
		}
	}
}

// Without a cable for it the speaker says what to do.
func TestSpeakerNeedsCable(t *testing.T) {
	if _, err := (PortAudio{}).OpenSpeaker(t.Context()); !errors.Is(err, audioio.ErrNoCable) || !strings.Contains(err.Error(), "speaker.cable") {
		t.Errorf("%v, want ErrNoCable and speaker.cable", err)
	}
	if !sameCable("CABLE Input (VB-Audio Virtual Cable)", "CABLE Output (VB-Audio Virtual Cable)") ||
		sameCable("CABLE Input (VB-Audio Virtual Cable)", "CABLE-A Output (VB-Audio Cable A)") {
		t.Error("the ends of a cable are not told from those of another")
	}
}
