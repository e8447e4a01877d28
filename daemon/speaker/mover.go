package speaker

import (
	"fmt"
	"math"
	"runtime/debug"
	"sync/atomic"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/strength"
)

const (
	// late is how much may wait, in samples: 40 ms. Where there is more, as after a machine has stood
	// still, hops are left out until there is not.
	late = 1920

	// settling is for how many hops after the start that limit is a hop beyond what is to wait: a
	// server begins with what it has gathered, and PulseAudio's null sink takes a second to begin.
	settling = 200

	// patience is for how many hops it is waited for a pause to cut something out.
	patience = 50

	// never is no number of times that the output has run dry.
	never = math.MaxUint64

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
	waited      int              // hops for a pause
	dry         uint64           // how often the output had run dry when silence was put before a hop
	joining     bool             // the last hop was left out
	leftOut     [2]audioio.Block // it
	queued      atomic.Uint32    // bits of float32: what waits to be played, ms, averaged
	skipped     atomic.Uint64    // samples

	over chan struct{} // closed at the end
	err  error         // why it ended; to be read after that
}

func newMover(stream audioio.SpeakerStream, c *cleaner, wanted *atomic.Pointer[Settings]) *mover {
	return &mover{stream: stream, cleaner: c, clock: newClock(), wanted: wanted, first: true, dry: never,
		over: make(chan struct{})}
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
	limit := m.wanted.Load().Strength
	m.cleaner.process(&m.left, &m.right, limit)
	fill := m.stream.Fill()
	now := state{queued: fill.Queued, wanted: fill.Wanted, dry: m.stream.Stats().Underruns}
	now.asIs = limit == strength.Off || m.cleaner.figures.music.Load()
	if m.joining {
		join(&m.left, &m.leftOut[0])
		join(&m.right, &m.leftOut[1])
	}
	if now.dry != m.dry {
		m.clock.cut = 0 // what was too much has been played meanwhile
	}
	cuts := m.cuts()
	m.joining = m.isLate(now.queued+m.stream.Waiting(), now.wanted+m.clock.extra) || cuts && m.clock.wholeHop()
	if m.joining {
		m.leftOut = [2]audioio.Block{m.left, m.right}
		m.skipped.Add(audioio.BlockSize)
		return nil
	}
	was := math.Float32frombits(m.queued.Load())
	m.queued.Store(math.Float32bits(was + (float32(now.queued)/(audioio.SampleRate/1000)-was)/20))
	if now.dry != m.dry {
		m.dry = now.dry
		m.clock.jumped()
		if err := m.wait(now.wanted + m.clock.extra - now.queued - m.stream.Waiting()); err != nil {
			return err
		}
	}
	left, right := m.clock.match(&m.left, &m.right, now)
	if cuts {
		left, right = m.clock.shorten(left, right)
	}
	return m.stream.Write(left, right)
}

var silence [audioio.BlockSize]float32

// wait writes silence: where the output has run dry, or begins, a hop alone would be played before
// the next one comes.
func (m *mover) wait(samples int) error {
	for samples > 0 {
		n := min(samples, len(silence))
		if err := m.stream.Write(silence[:n], silence[:n]); err != nil {
			return err
		}
		samples -= n
	}
	return nil
}

// isLate reports whether a hop is to be left out for the sound to be in time again, by how much
// waits to be played when it comes, and how much is to.
func (m *mover) isLate(waiting, wanted int) bool {
	limit := late
	if m.hops++; m.hops < settling {
		limit = wanted + audioio.BlockSize
	}
	return waiting > limit
}

// cuts reports whether what the clock wants to be cut out is to be cut out now: in a pause, or where there is
// none.
func (m *mover) cuts() bool {
	if m.clock.cut == 0 {
		m.waited = 0
		return false
	}
	m.waited++
	return m.cleaner.pause() || m.waited > patience
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
