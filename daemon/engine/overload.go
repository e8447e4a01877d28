package engine

// LevelFull is the level at which the chosen network is in use. Level n uses the nth of the
// fallbacks, and at the level after the last of them the microphone passes through.
const LevelFull = 0

const (
	// A late hop weighs overloadWeight, one in time takes one off: from
	// overloadLimit on, which 20 late hops in a row or one in ten for 20 s
	// reach, less is done.
	overloadWeight = 10
	overloadLimit  = 200

	// A step up is tried after 5 s, and after twice as long each time that it
	// failed, 5 min at most; a minute without trouble forgets that.
	restHops    = 500
	restMost    = 30_000
	forgiveHops = 6_000
)

// overload decides how much the machine can do.
type overload struct {
	level     int
	best      int // the level that is not gone above
	fallbacks int // how many smaller networks there are
	score     int
	rest      int // hops until a step up
	next      int // length of the next rest
	good      int // hops without trouble
}

// passing reports whether the machine is too slow for the smallest network.
func (o *overload) passing() bool { return o.level > o.fallbacks }

// allow has no level above best used: on battery, say. Where that was stricter before, the
// way up begins at once.
func (o *overload) allow(best int) {
	best = min(best, o.fallbacks)
	switch {
	case o.level < best:
		o.level, o.rest, o.score = best, 0, 0
	case o.level > best && best < o.best && o.rest == 0:
		o.rest = 1
	}
	o.best = best
}

// note takes whether a hop was late and changes the level where that is due.
func (o *overload) note(late bool) {
	before := o.level
	o.judge(late)
	if o.rest > 0 && o.level == before {
		if o.rest--; o.rest == 0 {
			o.up()
		}
	}
}

// judge steps down when too many of the last hops were late. A hop that passes
// through has nothing to be late with.
func (o *overload) judge(late bool) {
	if o.passing() {
		return
	}
	if !late {
		o.score = max(o.score-1, 0)
		if o.good++; o.good > forgiveHops {
			o.next = 0
		}
		return
	}
	o.good = 0
	if o.score += overloadWeight; o.score >= overloadLimit {
		o.down()
	}
}

func (o *overload) down() {
	o.level++
	o.score = 0
	o.rest = max(o.next, restHops)
	o.next = min(2*o.rest, restMost)
}

// up goes one step up, and plans the next if there is one.
func (o *overload) up() {
	o.level--
	o.score = 0
	if o.level > o.best {
		o.rest = restHops
	}
}
