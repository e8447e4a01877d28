package echo

import "github.com/stillmic/stillmic/dsp"

const (
	// chosenMemory smooths powers over 50 ms, by which the output is chosen.
	chosenMemory = 1 - 1.0/5

	// trust is by how much the fast filter has to be better to be heard: it takes some of a near
	// voice for echo.
	trust = 0.7

	// copied is by how much one filter has to be better, over copiedHops hops, to be taken over.
	copied, copiedHops = 0.5, 15

	// divergedHops is for how long a filter may leave twice what the microphone has before
	// it begins anew.
	divergedHops = 20
)

// choice says which signal is heard: that of the filter that leaves less, or the microphone.
type choice struct {
	mic, slow, fast            float64 // powers, smoothed
	slowBetter, fastBetter     int     // hops for which that has been so
	slowDiverged, fastDiverged int
	heard, last                heard
}

type heard int

const (
	hearMic heard = iota
	hearSlow
	hearFast
)

// choose takes the hop as it is without and with the filters, mends them, and writes what is
// to be heard. A change takes the hop to be made. It returns the echo of the filter that is heard,
// or was last.
func (c *choice) choose(dst, mic []float32, slow, fast *filter) []float32 {
	smooth(&c.mic, mic)
	smooth(&c.slow, slow.left[:])
	smooth(&c.fast, fast.left[:])
	before := c.heard
	switch best := min(c.mic, c.slow, c.fast/trust); best {
	case c.mic:
		c.heard = hearMic
	case c.slow:
		c.heard = hearSlow
	default:
		c.heard = hearFast
	}
	from, to := pick(before, mic, slow, fast), pick(c.heard, mic, slow, fast)
	if before == c.heard {
		copy(dst[:dsp.Hop], to)
	} else {
		for i, v := range from[:dsp.Hop] {
			dst[i] = v + float32((to[i]-v)*(float32(i+1)/dsp.Hop))
		}
	}
	if c.heard != hearMic {
		c.last = c.heard
	}
	// The filters keep their estimates while they are mended.
	c.mend(slow, fast)
	if c.last == hearFast {
		return fast.echo[:]
	}
	return slow.echo[:]
}

// mend gives the worse filter what the better one knows, and lets one that has gone astray
// begin anew.
func (c *choice) mend(slow, fast *filter) {
	if lasts(&c.slowDiverged, c.slow > 2*c.mic, divergedHops) {
		slow.reset()
	}
	if lasts(&c.fastDiverged, c.fast > 2*c.mic, divergedHops) {
		fast.reset()
	}
	if lasts(&c.fastBetter, c.fast < copied*min(c.slow, c.mic), copiedHops) {
		slow.copyFrom(fast)
	}
	if lasts(&c.slowBetter, c.slow < copied*min(c.fast, c.mic), copiedHops) {
		fast.copyFrom(slow)
	}
}

// lasts reports whether something has been so for so many hops, and then counts anew.
func lasts(hops *int, so bool, most int) bool {
	if *hops++; !so {
		*hops = 0
	}
	if *hops < most {
		return false
	}
	*hops = 0
	return true
}

func pick(h heard, mic []float32, slow, fast *filter) []float32 {
	switch h {
	case hearSlow:
		return slow.left[:]
	case hearFast:
		return fast.left[:]
	}
	return mic
}

func smooth(power *float64, x []float32) {
	*power = chosenMemory**power + (1-chosenMemory)*energy(x)
}
