package main

import (
	"fmt"
	"strings"

	"github.com/stillmic/stillmic/daemon/clean"
)

// cleanDone is what was done to recordings, for people and in JSON.
type cleanDone struct {
	Strength string `json:"strength"`
	Preset   string `json:"preset,omitempty"`
}

func (d cleanDone) String() string {
	if d.Preset != "" {
		return "preset " + d.Preset
	}
	return "strength " + d.Strength
}

// inaudible is a noise that is called silence, in dBFS: 16 bits have none that is softer.
const inaudible = -96

// summary says in one line of 80 columns what changed: the noise in pauses, the loudness,
// and by what.
func summary(r clean.Result, done cleanDone) string {
	var parts []string
	switch n := r.Noise; {
	case !n.Known():
	case n.Before <= inaudible:
		parts = append(parts, "no noise before")
	case n.After <= inaudible:
		parts = append(parts, fmt.Sprintf("noise %s dBFS -> silence", n.Before))
	default:
		parts = append(parts, fmt.Sprintf("noise %s -> %s dBFS", n.Before, n.After))
	}
	if l := r.LUFS; l.Known() {
		parts = append(parts, fmt.Sprintf("loudness %s -> %s LUFS", l.Before, l.After))
	}
	if len(parts) == 0 {
		return "  " + done.String()
	}
	return "  " + strings.Join(parts, ", ") + "; " + done.String()
}

func peaksText(l *clean.Loudness) string {
	if l == nil || !l.Limited {
		return ""
	}
	return fmt.Sprintf(", peaks held at %s dBTP", l.TruePeak)
}
