package speaker

import (
	"fmt"
	"math"
	"runtime/debug"
	"sync/atomic"

	"github.com/stillmic/stillmic/audioio"
)

const (
	// late is how much may wait, in samples: 40 ms. Where there is more, as after a machine has stood
	// still, hops are left out until there is not.
	late = 1920

	// settling is for how many hops after the start that limit is most: a server begins with what
	// it has gathered.
	settling = 50

	// fade is how fast the first hop comes up: within it.
	fade = 1.0 / audioio.BlockSize
)

// mover reads what programs play, has it cleaned and writes it, in a goroutine of its own.
type mover struct {
	stream  audioio.SpeakerStream
	cleaner *cleaner
	clock   *clock
	wanted  *atomic.Pointer[Settings]

	left, right audioio.Block
	first       bool // the next hop follows none
	hops        int
	joining     bool             // the last hop was left out
	leftOut     [2]audioio.Block // it
	queued      atomic.Uint32    // bits of float32: what waits to be played, ms, averaged
	skipped     atomic.Uint64    // samples

	over chan struct{} // closed at the end
	err  error         // why it ended; to be read after that
}

func newMover(stream audioio.SpeakerStream, c *cleaner, wanted *atomic.Pointer[Settings]) *mover {
	return &mover{stream: stream, cleaner: c, clock: newClock(), wanted: wanted, first: true, over: make(chan struct{})}
}

// start begins to move.
func (m *mover) start(raise func() bool) {
	go func() {
		defer close(m.over)
		defer func() {
			if v := recover(); v != nil {
				m.err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
			}
		}()
		if raise != nil && raise() {
			m.stream.OwnThread()
		}
		for m.err == nil {
			m.err = m.hop()
		}
	}()
}

// hop moves one.
func (m *mover) hop() error {
	if err := m.stream.Read(&m.left, &m.right); err != nil {
		return err
	}
	if m.first {
		m.first = false
		for i := range m.left {
			m.left[i] *= fade * float32(i)
			m.right[i] *= fade * float32(i)
		}
	}
	m.cleaner.process(&m.left, &m.right, m.wanted.Load().Strength)
	queued := m.stream.Fill().Queued
	if m.joining {
		join(&m.left, &m.leftOut[0])
		join(&m.right, &m.leftOut[1])
	}
	if m.joining = m.leavesOut(queued + m.stream.Waiting()); m.joining {
		m.leftOut = [2]audioio.Block{m.left, m.right}
		m.skipped.Add(audioio.BlockSize)
		return nil
	}
	was := math.Float32frombits(m.queued.Load())
	m.queued.Store(math.Float32bits(was + (float32(queued)/(audioio.SampleRate/1000)-was)/20))
	left, right := m.clock.match(&m.left, &m.right, queued)
	return m.stream.Write(left, right)
}

// leavesOut reports whether a hop is to be left out for the sound to be in time again, by how much
// waits to be played when it comes.
func (m *mover) leavesOut(waiting int) bool {
	limit := late
	if m.hops++; m.hops < settling {
		limit = most
	}
	return m.clock.takeCut() || waiting > limit
}

// join moves from a hop that is left out to the next one, within that.
func join(next, out *audioio.Block) {
	for i := range next {
		next[i] = out[i] + (next[i]-out[i])*fade*float32(i)
	}
}

// ended reports whether it has ended by itself.
func (m *mover) ended() bool {
	select {
	case <-m.over:
		return true
	default:
		return false
	}
}

// stop ends it and returns why it had ended.
func (m *mover) stop() error {
	_ = m.stream.Close() // it wakes the reader; what was wrong is err
	<-m.over
	return m.err
}

// delayMS is the delay of what is in our hands: a hop that is gathered, the network, the clock, and
// what waits to be played.
func (m *mover) delayMS() float64 {
	own := audioio.BlockSize + m.cleaner.delay + lag
	return float64(own)*1000/audioio.SampleRate + float64(math.Float32frombits(m.queued.Load()))
}

// add adds up what was counted.
func (m *mover) add(st *Status) {
	f, stats := &m.cleaner.figures, m.stream.Stats()
	st.Hops += f.hops.Load()
	st.Missed += f.missed.Load()
	st.Dropped += stats.Dropped + m.skipped.Load()
	st.Underruns += stats.Underruns
	if f.fault.Load() != nil {
		st.Restarts++
	}
}
