package engine

import "time"

// SetFallbacks gives the engine smaller processors, best first, to step down to before
// it passes audio on unprocessed. It is called before Run.
func (e *Engine) SetFallbacks(fallbacks ...Processor) {
	e.useLadder(ladder{main: e.main, fallbacks: fallbacks})
	e.delayed = int(e.delay.Load())
}

// ladder is what the engine may use, best first.
type ladder struct {
	main      Processor
	fallbacks []Processor
	keep      bool // the fallbacks stay as they are
}

// useLadder begins at the top of a ladder.
func (e *Engine) useLadder(l ladder) {
	if e.main = l.main; !l.keep {
		e.fallbacks = l.fallbacks
	}
	e.load = overload{fallbacks: len(e.fallbacks)}
	e.settleDelay()
}

// Level returns how far the engine has stepped down because too many hops came late: 0
// is the chosen processor, n the nth fallback, and passing that there is none left, so
// that audio passes on unprocessed for a while.
func (e *Engine) Level() (level int, passing bool) {
	return int(e.level.Load()), e.passing.Load()
}

// SetBest has the engine use nothing above a level from the next hop on, as on battery;
// LevelFull is no limit.
func (e *Engine) SetBest(level int) { e.best.Store(int32(level)) }

// Slow reports whether the machine is too slow for what the engine may use.
func (e *Engine) Slow() bool { return e.slow.Load() }

// count notes how long a hop took, and does less when too many of the last ones
// came late.
func (e *Engine) count(took time.Duration) {
	e.counts.hopTimes.Add(took)
	e.counts.hops.Add(1)
	late := took > hopTime
	if late {
		e.counts.missed.Add(1)
	}
	before := e.load.level
	e.load.allow(int(e.best.Load()))
	e.load.note(late)
	if e.load.level != before && e.state == intact {
		e.step(before)
	}
	e.slow.Store(e.load.level > e.load.best)
	e.level.Store(int32(e.load.level))
	e.passing.Store(e.load.passing())
}

// step uses the processor of the load's level. One that comes knows nothing yet;
// one that goes is heard for a hop more.
func (e *Engine) step(before int) {
	if e.load.passing() {
		e.ending = true
		return
	}
	next := e.main
	if n := e.load.level; n != LevelFull {
		next = e.fallbacks[n-1]
	}
	if before <= e.load.fallbacks {
		e.leave()
	}
	e.proc, e.stale = next, true
	e.proc.SetAttenuationLimit(e.told)
}
