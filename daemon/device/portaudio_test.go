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
	if d, err := pickInput(inputs, "", ""); err != nil || d.Name != "Microphone (USB)" {
		t.Errorf("the cable is the default: %q, %v", d.Name, err)
	}
	if d, err := pickInput(inputs, "Microphone (USB)", ""); err != nil || d.Name != "Microphone (USB)" {
		t.Errorf("by name: %q, %v", d.Name, err)
	}
	for _, name := range []string{"BlackHole 2ch", "CABLE Output (VB-Audio Virtual Cable)", "Tape"} {
		if d, err := pickInput(inputs, name, ""); !errors.Is(err, audioio.ErrNoDevice) {
			t.Errorf("%q: %q, %v", name, d.Name, err)
		}
	}
	if d, err := pickInput(named("pulse", "mic"), "", "pulse"); err != nil || d.Name != "mic" {
		t.Errorf("the configured cable is the default: %q, %v", d.Name, err)
	}
}
