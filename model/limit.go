package model

import (
	"math"

	"github.com/stillmic/stillmic/dsp"
)

// AttenuationLimit bounds by how many dB noise is lowered: it leaves a share of the input
// in what was cleaned. As in DeepFilterNet, that is share*input + (1-share)*cleaned with
// share = 10^(-dB/20): where the network removes everything, the input is left at -dB. That
// needs both in phase; a network WithoutDelay puts the share into its gains (limitedStream).
// The zero value has no limit.
type AttenuationLimit struct {
	share float32 // of the input, that is asked for
	last  float32 // at the end of the last hop
}

// Set bounds it to dB, ramped over the next hop. At 0 the output is the input, bit for bit;
// at 100 and above, and at +Inf, there is no limit. Values below 0 and NaN count as 0.
func (l *AttenuationLimit) Set(dB float32) {
	switch {
	case dB >= 100:
		l.share = 0
	case dB > 0:
		l.share = float32(math.Pow(10, -float64(dB)/20))
	default:
		l.share = 1
	}
}

// Jump has what was set hold at once, without a ramp.
func (l *AttenuationLimit) Jump() { l.last = l.share }

// next returns the share at the beginning and at the end of the next hop.
func (l *AttenuationLimit) next() (from, to float32) {
	from, to = l.last, l.share
	l.last = to
	return from, to
}

// Mix writes a cleaned hop, wet, with its share of the input, dry. dst may be either.
func (l *AttenuationLimit) Mix(dst, dry, wet []float32) {
	dst, dry, wet = dst[:dsp.Hop], dry[:dsp.Hop], wet[:dsp.Hop]
	from, to := l.next()
	switch {
	case from == 1 && to == 1:
		copy(dst, dry)
	case from == 0 && to == 0:
		copy(dst, wet)
	case from == to:
		for i, v := range wet {
			dst[i] = to*dry[i] + (1-to)*v
		}
	default:
		step := (to - from) / dsp.Hop
		for i, v := range wet {
			share := from + step*float32(i+1)
			dst[i] = share*dry[i] + (1-share)*v
		}
	}
}
