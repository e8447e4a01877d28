package pulse

import (
	"testing"

	"github.com/jfreymuth/pulse/proto"
)

func TestSameMicrophone(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"alsa_input.usb-Mic-00.analog-stereo", "alsa_input.usb-Mic-00.pro-input-0", true},
		{"alsa_input.pci-0000_00_1f.3.analog-stereo", "alsa_input.pci-0000_00_1f.3.multichannel-input", true},
		{"bluez_source.00_11_22_33_44_55.handsfree_head_unit", "bluez_input.00:11:22:33:44:55", true},
		{"alsa_input.usb-Mic-00.analog-stereo", "alsa_input.usb-Mic-01.analog-stereo", false},
		{"alsa_input.usb-Mic-00", "alsa_input.usb-Mic-01", false},
		{"webcam", "webcam2", false},
		{"", "", false},
	} {
		if got := sameMicrophone(c.a, c.b); got != c.same {
			t.Errorf("%q and %q: the same: %v", c.a, c.b, got)
		}
	}
}

// A device chooses its name, which must do nothing to a terminal it is printed on.
func TestNamesArePrintable(t *testing.T) {
	r := &proto.GetSourceInfoReply{SourceName: "mic", Device: "a\x1b[31mb"}
	if got := describeSource(r, "").Description; got != `a\x1b[31mb` {
		t.Errorf("described as %q", got)
	}
}
