package doctor

import (
	"fmt"
	"strings"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/control"
)

const (
	// faint is a volume (cubic, as in mixers) that nobody sets on purpose:
	// 0.25 is -36 dB.
	faint = 0.25

	// overdriven is a volume that clips most microphones: 1.3 is +7 dB.
	overdriven = 1.3
)

// used returns the microphone that is or would be cleaned.
func used(devices []audioio.Device, o Options, running string) (d audioio.Device, ok bool) {
	want := running
	if want == "" {
		want = o.Device
	}
	for _, d := range devices {
		if d.Name == want || want == "" && d.Default && d.Name != o.MicName {
			return d, true
		}
	}
	return d, false
}

// usage checks how loud the microphones are and who records them.
func usage(srv audioio.Mixer, devices []audioio.Device, o Options, running string) []Finding {
	var list []Finding
	if mic, ok := used(devices, o, running); ok {
		list = append(list, suppressed(mic)...)
		list = append(list, loudness(srv, mic)...)
	}
	for _, d := range devices {
		if d.Name == o.MicName {
			list = append(list, loudness(srv, d)...)
		}
	}
	if running != "" {
		list = append(list, applications(srv, o)...)
	}
	return list
}

// helper looks whether somebody uses the output behind our microphone.
func helper(srv any, o Options) []Finding {
	const check = "internal output"
	s, ok := srv.(interface {
		Helper(mic string) (isDefault bool, players []string, err error)
	})
	if !ok {
		return nil
	}
	isDefault, players, err := s.Helper(o.MicName)
	var list []Finding
	if err != nil {
		return []Finding{{check, Warn, err.Error(), "look again: stillmic doctor"}}
	}
	if isDefault {
		list = append(list, Finding{check, Warn, "the output behind Stillmic Microphone is the system's default output: what is played " +
			"is heard nowhere", "choose your loudspeakers or headphones in the system's sound settings"})
	}
	if len(players) > 0 {
		list = append(list, Finding{check, Warn, strings.Join(players, ", ") + " plays into the output behind Stillmic Microphone, where " +
			"nobody hears it", "choose another output for it in the system's sound settings or in pavucontrol"})
	}
	return list
}

// softVoice finds a voice that comes too softly.
func softVoice(s *control.Status) []Finding {
	if !s.Soft() {
		return nil
	}
	return []Finding{{"voice level", Warn, fmt.Sprintf("your voice comes at %.0f dBFS, which is very soft: what is lifted with it is noise",
		s.VoiceDB), "turn the microphone up in the system's sound settings or at the device, or come closer"}}
}

// suppressors are others' devices, by what their names hold.
var suppressors = []struct{ mark, name string }{
	{"noisetorch", "NoiseTorch"}, {"nui_mic", "NoiseTorch"}, {"easyeffects", "EasyEffects"}, {"rnnoise", "RNNoise"},
	{"deepfilter", "DeepFilterNet"}, {"hushmic", "HushMic"}, {"noise-cancel", "a noise filter"},
	{"noise cancel", "a noise filter"},
	{"echo-cancel", "the sound server's echo cancellation"}, {"echocancel", "the sound server's echo cancellation"},
}

// suppressed finds a microphone that somebody else has cleaned already.
func suppressed(mic audioio.Device) []Finding {
	name := strings.ToLower(mic.Name + " " + mic.Description)
	for _, s := range suppressors {
		if strings.Contains(name, s.mark) {
			return []Finding{{"double suppression", Warn,
				fmt.Sprintf("%s is the microphone as %s leaves it: cleaned twice, a voice sounds dull", mic.Description, s.name),
				"choose the microphone itself (stillmic devices, stillmic device NAME), or turn the other's noise suppression " +
					"off"}}
		}
	}
	return nil
}

// loudness checks a device's switch and volume.
func loudness(srv audioio.Mixer, d audioio.Device) []Finding {
	const check = "volume"
	l, err := srv.Level(d.Name)
	switch {
	case err != nil:
		return []Finding{{check, Warn, err.Error(), "look again: stillmic doctor"}}
	case l.Muted:
		return []Finding{{check, Fail, d.Description + " is muted in the system's sound settings",
			"unmute it there, or: pactl set-source-mute " + d.Name + " 0"}}
	case l.Volume < faint:
		return []Finding{{check, Warn, fmt.Sprintf("%s stands at %.0f %%; an application's automatic gain may have turned it "+
			"down", d.Description, 100*l.Volume),
			"pactl set-source-volume " + d.Name + " 100%, and turn automatic gain (AGC) off in the application"}}
	case l.Volume > overdriven:
		return []Finding{{check, Warn, fmt.Sprintf("%s stands at %.0f %% and may be distorted; an application's automatic "+
			"gain may have turned it up", d.Description, 100*l.Volume),
			"pactl set-source-volume " + d.Name + " 100%, and turn automatic gain (AGC) off in the application"}}
	}
	return nil
}

// ownSuppression marks applications that clean their microphone themselves
// unless they are told not to.
var ownSuppression = []string{"chrom", "webrtc", "firefox", "discord", "vesktop", "zoom", "teams", "skype", "slack", "jitsi",
	"edge", "brave", "opera", "webex"}

// applications checks who records what while stillmic runs.
func applications(srv audioio.Mixer, o Options) []Finding {
	const check = "applications"
	recorders, err := srv.Recorders()
	if err != nil {
		return []Finding{{check, Warn, err.Error(), "look again: stillmic doctor"}}
	}
	var list []Finding
	for _, r := range recorders {
		name := r.Application
		if name == "" {
			name = "an application"
		}
		switch {
		case r.Stillmic:
		case r.Source == o.MicName && cleansItself(name):
			list = append(list, Finding{check, OK,
				name + " uses Stillmic Microphone; turn its own noise suppression and automatic gain off, or the voice is " +
					"cleaned twice", ""})
		case r.Source == o.MicName:
			list = append(list, Finding{check, OK, name + " uses Stillmic Microphone", ""})
		case r.Raw:
			list = append(list, Finding{check, Warn,
				fmt.Sprintf("%s uses %s directly, so callers hear your room", name, r.Description),
				"choose Stillmic Microphone in its settings (restart it if it does not list that), or run: stillmic " +
					"default on"})
		}
	}
	return list
}

func cleansItself(application string) bool {
	name := strings.ToLower(application)
	for _, mark := range ownSuppression {
		if strings.Contains(name, mark) {
			return true
		}
	}
	return false
}
