package pulse

import (
	"testing"
)

func TestTaggedModules(t *testing.T) {
	for args, want := range map[string]bool{
		`source_properties="device.description='Stillmic Microphone' stillmic.owner=stillmic"`: true,
		`sink_properties=stillmic.owner=stillmic`:                                              true,
		`sink_properties=stillmic.owner=stillmic2`:                                             false,
		`a=stillmic.owner=stillmic2 b=stillmic.owner=stillmic`:                                 true,
		`source_name=stillmic description="stillmic.owner is a nice thing"`:                    false,
		``: false,
	} {
		if got := tagged(args, "stillmic"); got != want {
			t.Errorf("%s: %v, want %v", args, got, want)
		}
	}
}
