package bench

import (
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/clock"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/engine"
	"github.com/stillmic/stillmic/daemon/strength"
	"github.com/stillmic/stillmic/model"
)

// Stage is one part of a hop, in the order in which they run.
type Stage struct {
	Name string `json:"name"`
	control.Quantiles
}

// post is the stage after the suppressor: levels, limiter, fades and meters.
const post = "post"

// clocked is a suppressor that adds up what each of its stages took.
type clocked struct {
	*model.Suppressor
	clock func() time.Duration
	spent model.Durations
}

// Process is model.Suppressor.Process with a look at the clock after each stage.
func (c *clocked) Process(dst, src []float32) { c.Profile(dst, src, c.clock, &c.spent) }

// stages measures the stages of the engine with the voice chain behind it, over
// the given hops of noisy, each after wait. The clock itself adds about 0.05 us to each.
func stages(s *model.Suppressor, chain engine.PostProcessor, noisy []float32, hops int, wait func()) []Stage {
	c := &clocked{Suppressor: s, clock: clock.Now}
	e := engine.New(c, strength.Max)
	e.SetPostProcessor(chain)
	var in, out audioio.Block
	var took [model.Stages + 1][]time.Duration
	for i := range warmUp + hops {
		wait()
		copy(in[:], noisy[i*audioio.BlockSize%len(noisy):])
		c.spent = model.Durations{}
		begin := c.clock()
		e.Hop(&out, &in)
		rest := c.clock() - begin
		if i < warmUp {
			continue
		}
		for stage, d := range c.spent {
			took[stage] = append(took[stage], d)
			rest -= d
		}
		took[model.Stages] = append(took[model.Stages], rest)
	}
	var all []Stage
	for stage, t := range took {
		name := post
		if stage < int(model.Stages) {
			name = model.Stage(stage).String()
		}
		if q := quantiles(t); q.Max > 0 { // a network does not have every stage
			all = append(all, Stage{name, q})
		}
	}
	return all
}
