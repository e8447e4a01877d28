package daemon

const (
	// A late hop weighs overloadWeight, one in time takes one off: from
	// overloadLimit on, which 20 late hops in a row or one in ten for 20 s
	// reach, the processor rests.
	overloadWeight = 10
	overloadLimit  = 200

	// The rest is 5 s, and twice as long after each failed return, 5 min at
	// most; a minute without trouble forgets that.
	restHops    = 500
	restMost    = 30_000
	forgiveHops = 6_000
)

// overload decides when the machine is too slow for the processor.
type overload struct {
	score int
	rest  int // hops still to rest
	next  int // length of the next rest
	good  int // hops without trouble
}

func (o *overload) resting() bool { return o.rest > 0 }

// note takes whether a hop was late and says whether the rest ends with it.
func (o *overload) note(late bool) (back bool) {
	if o.rest > 0 {
		o.rest--
		return o.rest == 0
	}
	if !late {
		o.score = max(o.score-1, 0)
		if o.good++; o.good > forgiveHops {
			o.next = 0
		}
		return false
	}
	o.good = 0
	if o.score += overloadWeight; o.score >= overloadLimit {
		o.score = 0
		o.rest = max(o.next, restHops)
		o.next = min(2*o.rest, restMost)
	}
	return false
}
