package doctor

import (
	"testing"

	"github.com/stillmic/stillmic/audioio"
)

var (
	usb     = audioio.Device{Name: "usb", Description: "USB", Rate: 48000, Channels: 1}
	monitor = audioio.Device{Name: "out.monitor", Description: "Monitor of Out", Monitor: true, Rate: 48000}
	headset = audioio.Device{Name: "bluez", Description: "Headset", Rate: 8000, Channels: 1, Bus: "bluetooth"}
	ours    = audioio.Device{Name: "stillmic", Description: "Stillmic Microphone", Virtual: true}
)

func standard(d audioio.Device) audioio.Device {
	d.Default = true
	return d
}

// Each fault is found, with something to do about it, and nothing else is.
func TestFaults(t *testing.T) {
	o := Options{MicName: "stillmic"}
	named := func(name string) Options { return Options{MicName: "stillmic", Device: name} }
	for what, c := range map[string]struct {
		f    Finding
		want Level
	}{
		"a microphone":              {microphone([]audioio.Device{usb}, o), OK},
		"none":                      {microphone([]audioio.Device{monitor, ours}, o), Fail},
		"the one configured":        {microphone([]audioio.Device{usb, headset}, named("bluez")), OK},
		"the one configured is not": {microphone([]audioio.Device{usb}, named("bluez")), Fail},
		"a monitor configured":      {microphone([]audioio.Device{monitor}, named("out.monitor")), Warn},
		"default is a microphone":   {defaultSource([]audioio.Device{standard(usb)}, "stillmic"), OK},
		"default is ours":           {defaultSource([]audioio.Device{standard(ours)}, "stillmic"), OK},
		"default is a monitor":      {defaultSource([]audioio.Device{standard(monitor)}, "stillmic"), Warn},
		"no default":                {defaultSource([]audioio.Device{usb}, "stillmic"), Warn},
		"our device is there":       {ownDevice([]audioio.Device{ours}, "stillmic", true), OK},
		"left behind":               {ownDevice([]audioio.Device{ours}, "stillmic", false), Warn},
		"our device is missing":     {ownDevice([]audioio.Device{usb}, "stillmic", true), Fail},
		"nothing runs":              {ownDevice([]audioio.Device{usb}, "stillmic", false), Warn},
		"a virtual cable":           {cable("CABLE Input", nil), OK},
		"no virtual cable":          {cable("", audioio.ErrNoDevice), Fail},
	} {
		if c.f.Level != c.want || (c.f.Remedy == "") != (c.want == OK) || c.f.Found == "" {
			t.Errorf("%s: %+v, want %s", what, c.f, c.want)
		}
	}
}

func TestNarrowBand(t *testing.T) {
	o := Options{MicName: "stillmic"}
	if f, ok := narrowBand([]audioio.Device{standard(headset)}, o); !ok || f.Level != Warn || f.Remedy == "" {
		t.Errorf("a headset at 8 kHz: %+v, %v", f, ok)
	}
	if f, ok := narrowBand([]audioio.Device{standard(usb), headset}, o); ok {
		t.Errorf("a headset that is not used: %+v", f)
	}
}

func TestWorst(t *testing.T) {
	for _, c := range []struct {
		list []Finding
		want Level
	}{
		{nil, OK}, {[]Finding{{Level: Warn}, {Level: OK}}, Warn}, {[]Finding{{Level: Fail}, {Level: Warn}}, Fail},
	} {
		if got := Worst(c.list); got != c.want {
			t.Errorf("%+v: %s, want %s", c.list, got, c.want)
		}
	}
}
