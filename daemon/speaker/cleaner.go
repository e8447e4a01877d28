package speaker

import (
	"fmt"
	"math"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/strength"
	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model"
)

const (
	// slow is how many of the last window hops may come late before the sound passes for rest hops:
	// an overloaded machine has better things to do.
	slow   = 20
	window = 100
	rest   = 1000
)

// suppressor cleans the channels together; model.ProcessLinked does so.
type suppressor func(dst, src [][]float32)

// cleaner cleans hops of two channels.
type cleaner struct {
	nets     [2]*model.Suppressor
	suppress suppressor
	music    Detector

	past    [2][model.MaxDelay]float32 // the last samples as they came, for when nothing is cleaned
	delay   int                        // of the suppressors, in samples
	src     [2][]float32
	hops    int // of this window
	late    int // among them
	passing int // hops for which nothing is cleaned
	broken  bool

	figures figures
}

// Detector tells music from what is to be cleaned.
type Detector interface {
	// Hear takes a hop of both channels.
	Hear(left, right []float32)
	// Music reports whether it is music.
	Music() bool
}

// figures is what others may see of a cleaner.
type figures struct {
	hops, missed   atomic.Uint64
	slowestUS      atomic.Uint64
	music, passing atomic.Bool
	removed        atomic.Uint32 // bits of float32
	fault          atomic.Pointer[string]
}

// Network loads the network that cleans what others say: light, without its delay.
func Network() (*model.Weights, error) {
	w, err := model.Light()
	if err != nil {
		return nil, err
	}
	return w.WithoutDelay()
}

func newCleaner(w *model.Weights, music Detector) *cleaner {
	c := &cleaner{music: music, delay: w.Delay()}
	for i := range c.nets {
		c.nets[i] = model.NewSuppressor(w)
	}
	nets := c.nets[:]
	c.suppress = func(dst, src [][]float32) { model.ProcessLinked(nets, dst, src) }
	return c
}

// Cleaner cleans hops as the virtual output does, for who measures that.
type Cleaner struct {
	c     *cleaner
	limit strength.Limit
}

// NewCleaner returns a Cleaner with a network, what tells music (nil: nothing does) and a strength.
func NewCleaner(w *model.Weights, music Detector, limit strength.Limit) Cleaner {
	return Cleaner{newCleaner(w, music), limit}
}

// Clean cleans a hop, in place.
func (c Cleaner) Clean(left, right *audioio.Block) { c.c.process(left, right, c.limit) }

// process cleans a hop, in place.
func (c *cleaner) process(left, right *audioio.Block, limit strength.Limit) {
	begin := time.Now()
	c.remember(0, left)
	c.remember(1, right)
	if c.broken || c.passing > 0 {
		c.passing = max(c.passing-1, 0)
		c.pass(left, right)
	} else {
		c.clean(left, right, limit)
	}
	c.count(time.Since(begin))
}

// clean runs the networks; after a panic the sound passes as it is.
func (c *cleaner) clean(left, right *audioio.Block, limit strength.Limit) {
	defer func() {
		if v := recover(); v != nil {
			c.broken = true
			text := fmt.Sprintf("%v\n%s", v, debug.Stack())
			c.figures.fault.Store(&text)
			c.pass(left, right)
		}
	}()
	music := false
	if c.music != nil {
		c.music.Hear(left[:], right[:])
		music = c.music.Music()
	}
	if music {
		limit = strength.Off
	}
	for _, n := range c.nets {
		n.SetAttenuationLimit(float32(limit))
	}
	c.src = [2][]float32{left[:], right[:]}
	c.suppress(c.src[:], c.src[:])
	c.tell(music, dsp.Energy(c.past[0][model.MaxDelay-audioio.BlockSize-c.delay:][:audioio.BlockSize]), dsp.Energy(left[:]))
}

// remember keeps what came.
func (c *cleaner) remember(channel int, b *audioio.Block) {
	past := &c.past[channel]
	copy(past[:], past[audioio.BlockSize:])
	copy(past[len(past)-audioio.BlockSize:], b[:])
}

// pass gives what came, as late as if it were cleaned.
func (c *cleaner) pass(left, right *audioio.Block) {
	from := model.MaxDelay - audioio.BlockSize - c.delay
	copy(left[:], c.past[0][from:])
	copy(right[:], c.past[1][from:])
}

// count notes how long a hop took, and does nothing for a while where too many come late.
func (c *cleaner) count(took time.Duration) {
	f := &c.figures
	f.hops.Add(1)
	if us := uint64(took.Microseconds()); us > f.slowestUS.Load() {
		f.slowestUS.Store(us)
	}
	if took > 10*time.Millisecond {
		f.missed.Add(1)
		c.late++
	}
	if c.hops++; c.hops == window {
		if c.late > slow {
			c.passing = rest
		}
		c.hops, c.late = 0, 0
	}
	f.passing.Store(c.passing > 0 || c.broken)
}

// pause reports whether nobody speaks.
func (c *cleaner) pause() bool { return c.nets[0].SpeechProbability() < 0.3 }

// tell lets others see what was found, and the energy of the left channel before and after.
func (c *cleaner) tell(music bool, before, after float32) {
	f := &c.figures
	f.music.Store(music)
	if c.pause() { // averaged over half a second
		const floor = audioio.BlockSize * 1e-10 // silence
		dB := float32(10 * math.Log10(float64((before+floor)/(after+floor))))
		was := math.Float32frombits(f.removed.Load())
		f.removed.Store(math.Float32bits(was + (dB-was)/50))
	}
}
