package daemon

import "time"

// SetSpare gives the engine a smaller processor, to step down to before it passes
// audio on unprocessed. It is called before Run.
func (e *Engine) SetSpare(p Processor) {
	e.spare, e.load.spare = p, p != nil
	e.settleDelay()
	e.delayed = int(e.delay.Load())
}

// Overloaded says that too many hops came late, so that for a while the engine
// uses the spare or, if spared is false, passes audio on unprocessed.
func (e *Engine) Overloaded() (overloaded, spared bool) {
	level := e.overloaded.Load()
	return level != full, level == lighter
}

// count notes how long a hop took, and does less when too many of the last ones
// came late.
func (e *Engine) count(took time.Duration) {
	e.frameTime.Add(took)
	e.frames.Add(1)
	late := took > hopTime
	if late {
		e.missed.Add(1)
	}
	before := e.load.level
	if e.load.note(late) && !e.failing {
		e.step(before)
	}
	e.overloaded.Store(int32(e.load.level))
}

// step uses the processor of the load's level. One that comes knows nothing yet;
// one that goes is heard for a hop more.
func (e *Engine) step(before int) {
	next := e.main
	switch e.load.level {
	case none:
		e.ending = true
		return
	case lighter:
		next = e.spare
	}
	if before != none {
		e.leaving, e.late = e.proc, e.lag(e.proc)
	}
	e.proc, e.stale = next, true
	e.proc.SetAttenuationLimit(e.limit)
}
