package doctor

import (
	"fmt"
	"slices"
	"strings"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/farend"
	"github.com/stillmic/stillmic/daemon/focus"
	"github.com/stillmic/stillmic/daemon/speaker"
)

// littleRemoved is by how many dB at least an echo that has been found is to be lowered.
const littleRemoved = 3

// echo looks whether callers hear themselves.
func echo(s *control.Status, srv any) []Finding {
	const check = "echo"
	switch e := s.Echo; {
	case e.Mode == farend.Off && openLoudspeakers(srv):
		return []Finding{{check, Warn, "what loudspeakers play stays in the microphone, and callers may hear themselves", "stillmic echo auto"}}
	case e.Mode == farend.On && cancelledAlready(s.Source, srv):
		return []Finding{{check, Warn, fmt.Sprintf("the sound server takes the echo off %s already, and Stillmic once more",
			s.SourceDescription), "stillmic echo auto, or choose the microphone itself: stillmic devices, stillmic device NAME"}}
	case e.State == farend.Working && e.DelayMS > 0 && e.RemovedDB < littleRemoved:
		return []Finding{{check, Warn, fmt.Sprintf("the echo of %s is heard, and %.0f dB of it is taken off", e.Output, e.RemovedDB),
			"turn the loudspeakers down, move them away from the microphone, or use headphones"}}
	}
	return nil
}

// otherVoices looks whether others are heard although their voices are to be lowered.
func otherVoices(s *control.Status) []Finding {
	const check = "focus"
	what, remedy, _ := strings.Cut(s.Focus.Reason, "; ")
	switch f := s.Focus; {
	case f.Reason != "":
		return []Finding{{check, Warn, fmt.Sprintf("focus %s is chosen and not in use, everybody is heard: %s", f.Mode, what), remedy}}
	case f.State == focus.Working:
		return []Finding{{check, OK, string(f.Mode), ""}}
	}
	return nil
}

// openLoudspeakers reports whether a server has an output that a microphone hears, and knows so.
func openLoudspeakers(srv any) bool {
	l, knows := srv.(audioio.OutputLister)
	if !knows {
		return false
	}
	list, err := l.Outputs()
	return err == nil && slices.ContainsFunc(list, func(o audioio.Output) bool { return !o.Headphones })
}

// cancelledAlready reports whether the server takes the echo off a microphone.
func cancelledAlready(microphone string, srv any) bool {
	r, knows := srv.(audioio.ReferenceOpener)
	if !knows {
		return false
	}
	already, err := r.EchoCancelled(microphone)
	return err == nil && already
}

// speakerFaults looks whether Stillmic Speaker plays where it is to.
func speakerFaults(s *control.Status, devices []audioio.Device, micName string) []Finding {
	const check = "Stillmic Speaker"
	left := slices.ContainsFunc(devices, func(d audioio.Device) bool { return d.Name == micName+"_speaker.monitor" })
	switch {
	case s == nil && left:
		return []Finding{{check, Warn, "left from before: Stillmic is not running, so what is played into it is heard nowhere",
			"stillmic run or stillmic service start takes it over"}}
	case s == nil || !s.Speaker.On:
		return nil
	case s.Speaker.Loop != "":
		return []Finding{{check, Warn, fmt.Sprintf("%s plays into Stillmic Speaker and would feed back, so another output is used",
			s.Speaker.Loop), "have it play on your loudspeakers or headphones, in the system's sound settings or in pavucontrol"}}
	case s.Speaker.State == speaker.NoOutput:
		return []Finding{{check, Fail, "there is no output to play on: what others say is not heard",
			"plug loudspeakers or headphones in, or switch them on in the system's sound settings"}}
	case s.Speaker.State == speaker.Impossible:
		return []Finding{{check, Warn, s.Speaker.Reason, "then start Stillmic again; or stillmic speaker off"}}
	case s.Speaker.State == speaker.Waiting:
		return []Finding{{check, Warn, s.Speaker.Reason, "see the sound server's line; or choose another output: stillmic speaker device"}}
	case s.Speaker.Passing:
		return []Finding{{check, Warn, "nothing is removed of what others say: the machine is too slow, or the network failed",
			"see the processor's lines, and the log"}}
	}
	return []Finding{{check, OK, string(s.Speaker.State), ""}}
}
