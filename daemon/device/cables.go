package device

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/stillmic/stillmic/audioio"
)

// cables are parts of the names of virtual cables: the end that is played into
// on Windows, macOS, and what both ends have in common on Windows.
var cables = []string{"cable input", "blackhole", "vb-audio"}

// isCable reports whether a device is an end of a virtual cable.
func isCable(name string) bool {
	lower := strings.ToLower(name)
	for _, c := range append(cables, "cable output") {
		if strings.Contains(lower, c) {
			return true
		}
	}
	return false
}

// hostAPIs are the ones of Windows, where each lists every device.
var hostAPIs = []string{" (mme)", " (windows directsound)", " (windows wasapi)", " (windows wdm-ks)"}

// cutAt is the length at which MME cuts names off.
const cutAt = 31

// sameCable reports whether two names are those of the ends of one cable, or of both, by whichever
// host API.
func sameCable(a, b string) bool {
	cableA, cutA := cableName(a)
	cableB, cutB := cableName(b)
	return cableA == cableB || cutA && strings.HasPrefix(cableB, cableA) || cutB && strings.HasPrefix(cableA, cableB)
}

// cableName returns what the names of both ends of a cable have in common, and whether it may be cut off.
func cableName(name string) (cable string, cut bool) {
	lower := strings.ToLower(name)
	for _, api := range hostAPIs {
		lower = strings.TrimSuffix(lower, api)
	}
	return strings.NewReplacer(" input", "", " output", "").Replace(lower), len(lower) == cutAt
}

// isOwn reports whether a device is an end of a cable, one of those that are set or any that is known.
func (b PortAudio) isOwn(name string) bool {
	return isCable(name) || b.Cable != "" && sameCable(name, b.Cable) || b.SpeakerCable != "" && sameCable(name, b.SpeakerCable)
}

// own tells which of some inputs, or outputs, are ends of a cable: by their names, or since they stand
// for the system's default one, which is. Those are the first of MME and of DirectSound, under names
// in the system's language ("Microsoft Sound Mapper", "Primary Sound Driver").
func (b PortAudio) own(list []audioio.Device) []bool {
	owns, byDefault := make([]bool, len(list)), false
	for i, d := range list {
		owns[i] = b.isOwn(d.Name)
		byDefault = byDefault || d.Default && owns[i]
	}
	for _, api := range []string{", MME", ", Windows DirectSound"} {
		for i, d := range list {
			if strings.HasSuffix(d.Description, api) {
				owns[i] = owns[i] || byDefault
				break
			}
		}
	}
	return owns
}

// pickInput finds the microphone: by name, or the default, or the first where
// that is a cable we play into, which would feed back, or the speaker's.
func pickInput(list []audioio.Device, name string, o PortAudio) (audioio.Device, error) {
	best, owns := -1, o.own(list)
	for i, d := range list {
		own := owns[i]
		if name != "" && d.Name == name {
			if own {
				return d, fmt.Errorf("%w: %q is a cable of stillmic's own and would feed back; choose another (stillmic "+
					"devices lists them)", audioio.ErrNoDevice, name)
			}
			return d, nil
		}
		if name == "" && !own && (best < 0 || d.Default) {
			best = i
		}
	}
	if best < 0 {
		return audioio.Device{}, fmt.Errorf("%w: %q (stillmic devices lists what there is)", audioio.ErrNoDevice, name)
	}
	return list[best], nil
}

// pickCable finds the output to play into: by name, or the first known cable that is not the speaker's,
// if there is another.
func pickCable(list []audioio.Device, o PortAudio) (string, error) {
	var names []string
	first := ""
	for _, d := range list {
		names = append(names, fmt.Sprintf("%q", d.Name))
		if o.Cable != "" && d.Name == o.Cable {
			return d.Name, nil
		}
		if o.Cable != "" || !isCable(d.Name) {
			continue
		}
		if o.SpeakerCable == "" || !sameCable(d.Name, o.SpeakerCable) {
			return d.Name, nil
		}
		first = cmp.Or(first, d.Name)
	}
	switch {
	case first != "":
		return first, nil
	case o.Cable == "":
		return "", fmt.Errorf("%w: no virtual cable to play into; install VB-CABLE (Windows) or BlackHole (macOS), or name an "+
			"output as output.cable", audioio.ErrNoDevice)
	}
	return "", fmt.Errorf("%w: output.cable %q; there are %s", audioio.ErrNoDevice, o.Cable, strings.Join(names, ", "))
}

// pickOutput finds what to play on: the output called device, the default one, or the first; never a
// cable, whose other end would be recorded. It returns the one of a device or the default that was left out for that.
func pickOutput(list []audioio.Device, device string, o PortAudio) (output audioio.Output, loop string) {
	best, owns := 0, o.own(list)
	for i, d := range list {
		rank := 1
		switch {
		case d.Name == device:
			rank = 3
		case d.Default:
			rank = 2
		}
		if owns[i] {
			if device != "" && rank == 3 {
				loop = d.Description
			}
			continue
		}
		if rank > best {
			best, output = rank, audioio.Output{Name: d.Name, Description: d.Description}
		}
	}
	return output, loop
}
