package engine

import "github.com/stillmic/stillmic/audioio"

// mostDelay is the longest delay of a Processor, in hops: model.MaxDelay.
const mostDelay = 3

// history has the last hops, as many as the longest delay of a processor and a focus, and the present one.
type history struct {
	hops [mostDelay + mostFocusDelay + 1]audioio.Block
	at   int
}

// push makes b the present hop.
func (h *history) push(b *audioio.Block) {
	h.at = (h.at + 1) % len(h.hops)
	h.hops[h.at] = *b
}

// ago is the hop so many before the present one.
func (h *history) ago(n int) *audioio.Block {
	return &h.hops[(h.at+len(h.hops)-n)%len(h.hops)]
}

// delayOfProcessor is a processor's delay in hops.
func delayOfProcessor(p Processor) int {
	if p == nil {
		return 0
	}
	return min(p.Delay()/audioio.BlockSize, mostDelay)
}

// settleDelay makes the stream as late as the latest of its processors: what is earlier
// hears the microphone later, so that a step of the load moves nothing in time.
func (e *Engine) settleDelay() {
	most := delayOfProcessor(e.main)
	for _, p := range e.fallbacks {
		most = max(most, delayOfProcessor(p))
	}
	e.delay.Store(int32(most))
}

// lag is how many hops later than it could a processor hears the microphone.
func (e *Engine) lag(p Processor) int { return int(e.delay.Load()) - delayOfProcessor(p) }

// unprocessed sets dry to the microphone with the delay of the stream. Where another
// processor or focus changed that, it moves from the old to the new within the hop.
func (e *Engine) unprocessed() {
	now := int(e.delay.Load()) + e.focus.late
	e.dry = *e.raw.ago(now)
	if now != e.delayed {
		crossfade(&e.dry, e.raw.ago(e.delayed))
		e.delayed = now
	}
	e.post.align(&e.dry)
}

// runIn has the processor hear the hops before this one, so that its overlap and what it
// hears ahead are whole, and then this one. A focus that goes on after a rest is to hear the hop before, too.
func (e *Engine) runIn(out *audioio.Block) {
	lag, hops := e.lag(e.proc), delayOfProcessor(e.proc)
	wantsLast := e.focus.wantsLast()
	if wantsLast {
		hops++
	}
	for n := hops; n >= 0; n-- {
		e.proc.Process(out[:], e.heard.ago(lag + n)[:])
		if n == 1 && wantsLast {
			e.focus.before = *out
			e.focus.keep(e.proc.SpeechProbability())
		}
	}
}
