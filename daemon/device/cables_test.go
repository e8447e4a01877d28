package device

import (
	"errors"
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
		if got, err := pickCable(outputs, PortAudio{Cable: name}); err != nil || got != want {
			t.Errorf("%q: %q, %v, want %q", name, got, err, want)
		}
	}
	for _, c := range [][]audioio.Device{nil, named("Speakers")} {
		if got, err := pickCable(c, PortAudio{}); !errors.Is(err, audioio.ErrNoDevice) {
			t.Errorf("%v: %q, %v", c, got, err)
		}
	}
	if _, err := pickCable(outputs, PortAudio{Cable: "Tape"}); !errors.Is(err, audioio.ErrNoDevice) {
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

// The ends of a cable are told from those of another, though the host APIs of Windows name them in their own ways:
// with its own behind, or cut off.
func TestSameCable(t *testing.T) {
	const cable, other = "CABLE Input (VB-Audio Virtual Cable)", "CABLE-A Input (VB-Audio Cable A)"
	for end, want := range map[string]string{
		"CABLE Output (VB-Audio Virtual Cable)":                      cable,
		"CABLE Output (VB-Audio Virtual Cable) (Windows WASAPI)":     cable,
		"CABLE Output (VB-Audio Virtual ":                            cable,
		"CABLE-A Output (VB-Audio Cable A)":                          other,
		"CABLE-A Output (VB-Audio Cable A) (Windows DirectSound)":    other,
		"CABLE-A Output (VB-Audio Cable ":                            other,
		"CABLE-B Output (VB-Audio Cable B) (Windows WASAPI)":         "",
		"CABLE-B Output (VB-Audio Cable ":                            "",
		"Microphone (VB-Audio Virtual Cable, the other one of four)": "",
	} {
		for _, c := range []string{cable, other} {
			for _, name := range []string{c, c + " (Windows DirectSound)", c[:31]} {
				if got := sameCable(name, end); got != (c == want) || sameCable(end, name) != got {
					t.Errorf("%q and %q: %v", name, end, got)
				}
			}
		}
	}
}

// What stands for the default device is a cable where that is one: sound would go round.
func TestDefaultIsCable(t *testing.T) {
	list := []audioio.Device{
		{Name: "Microsoft Soundmapper - Output", Description: "Microsoft Soundmapper - Output, MME"},
		{Name: "CABLE-A Input (VB-Audio Cable A", Description: "CABLE-A Input (VB-Audio Cable A, MME", Default: true},
		{Name: "Primärer Soundtreiber", Description: "Primärer Soundtreiber, Windows DirectSound"},
		{Name: "Lautsprecher", Description: "Lautsprecher, Windows DirectSound"},
	}
	o := PortAudio{SpeakerCable: "CABLE-A Output (VB-Audio Cable A)"}
	for _, device := range []string{"", list[0].Name, list[2].Name} {
		if out, loop := pickOutput(list, device, o); out.Name != "Lautsprecher" || (loop != "") != (device != "") {
			t.Errorf("%q: the speaker plays on %q, left out %q", device, out.Name, loop)
		}
	}
	if d, err := pickInput(list, "", o); err != nil || d.Name != "Lautsprecher" {
		t.Errorf("the microphone is %q, %v", d.Name, err)
	}
	if _, err := pickInput(list, list[0].Name, o); !errors.Is(err, audioio.ErrNoDevice) {
		t.Errorf("the microphone by the default's name: %v", err)
	}
	list[1].Default, list[3].Default = false, true
	if out, loop := pickOutput(list, list[0].Name, o); out.Name != list[0].Name || loop != "" {
		t.Errorf("the default is no cable: %q, left out %q", out.Name, loop)
	}
}

// The microphone leaves the speaker's cable alone where there is another.
func TestPickCableIsNotTheSpeakers(t *testing.T) {
	list := named("CABLE-A Input (VB-Audio Cable A)", "CABLE Input (VB-Audio Virtual Cable)")
	for cable, want := range map[string]string{
		"CABLE-A Output (VB-Audio Cable A)":     list[1].Name,
		"CABLE Output (VB-Audio Virtual Cable)": list[0].Name,
	} {
		if got, err := pickCable(list, PortAudio{SpeakerCable: cable}); err != nil || got != want {
			t.Errorf("%q is the speaker's: %q, %v", cable, got, err)
		}
	}
	if got, err := pickCable(list[:1], PortAudio{SpeakerCable: "CABLE-A Output (VB-Audio Cable A)"}); err != nil || got != list[0].Name {
		t.Errorf("there is no other: %q, %v", got, err)
	}
}
