package control

import (
	"fmt"
	"strings"
)

// SoftVoiceDB is the level below which a voice is too soft for its microphone, dBFS: the presets
// level at -20 by 24 dB at most, so that a softer one stays soft, and its noise comes with it.
const SoftVoiceDB = -45

// Soft reports whether the voice that comes in is too soft for its microphone.
func (s Status) Soft() bool { return s.VoiceDB > -100 && s.VoiceDB < SoftVoiceDB }

// Notices says what a person should know or do, the worst first; [] rather than nil.
func Notices(s Status) []string {
	list := []string{}
	if s.SinkMuted {
		list = append(list, "Stillmic Microphone is muted in the system's sound settings: callers hear silence; unmute it there")
	}
	if s.SourceMuted {
		list = append(list, "your microphone is muted in the system's sound settings: callers hear silence; unmute it there")
	}
	if len(s.RawApps) > 0 {
		list = append(list, fmt.Sprintf("%s without Stillmic: choose Stillmic Microphone there, or use it in all apps",
			records(s.RawApps)))
	}
	if s.Soft() {
		list = append(list, fmt.Sprintf("your voice is very soft (%.0f dBFS): turn the microphone up in the system's sound "+
			"settings or at the device, or come closer", s.VoiceDB))
	}
	return list
}

// records says that programs record the microphone.
func records(apps []string) string {
	if len(apps) == 1 {
		return apps[0] + " records your microphone"
	}
	return strings.Join(apps[:len(apps)-1], ", ") + " and " + apps[len(apps)-1] + " record your microphone"
}
