//go:build linux

package main

import (
	"context"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/soundserver"
)

const (
	// keep is how much of what was heard is kept to measure the delay.
	keep = 2 * audioio.SampleRate

	// gapSamples of silence are a gap: 1 ms. The signal is never so quiet for
	// more than one sample.
	gapSamples = 48
	gapLevel   = 1e-4

	// lateAfter is how long no packet may come: a call's own buffer holds 60
	// to 100 ms.
	lateAfter = 80 * time.Millisecond

	// spacing counts what lies so close together once.
	spacing = 10 * time.Millisecond
)

// blemishKind is a kind of fault in the signal.
type blemishKind int

const (
	click blemishKind = iota
	gap
	late
)

func (k blemishKind) String() string { return [...]string{"click", "gap", "late packet"}[k] }

// around is how much is kept of what was heard before and at a click.
const around = audioio.SampleRate / 20

// blemish is a fault in the signal.
type blemish struct {
	kind  blemishKind
	at    time.Time
	heard []float32 // of a click: with the packet that it is in
}

// packet is how samples arrived; at is when the one before end did.
type packet struct {
	end int64
	at  time.Time
}

// ear listens to one source as a call would, for ever: it connects again
// whenever the source or the server has gone away.
type ear struct {
	name string

	mu      sync.Mutex
	notch   notch
	run     int // samples of silence
	samples []float32
	packets []packet
	end     int64 // samples heard on this connection
	last    time.Time
	good    time.Time // when the signal was heard last, at its level
	blemish []blemish
}

// listen listens until ctx ends.
func (e *ear) listen(ctx context.Context, s *soundserver.Server) {
	for ctx.Err() == nil {
		e.begin()
		// What ends it is what is being tested.
		_ = s.Listen(ctx, func(_ int, x []float32, at time.Time) { e.hear(x, at) }, e.name)
		select {
		case <-ctx.Done():
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// begin forgets the connection before.
func (e *ear) begin() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.notch, e.run, e.end = notch{}, 0, 0
	e.samples, e.packets = e.samples[:0], e.packets[:0]
	e.last = time.Time{}
}

// hear takes a packet.
func (e *ear) hear(x []float32, at time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.last.IsZero() && at.Sub(e.last) > lateAfter {
		e.note(late, at)
	}
	e.last = at
	noted := len(e.blemish)
	for _, v := range x {
		if math.Abs(e.notch.step(v)) > clickTolerance {
			e.note(click, at)
		}
		if v > gapLevel || v < -gapLevel {
			e.run = 0
			continue
		}
		if e.run++; e.run == gapSamples {
			e.note(gap, at)
		}
	}
	e.end += int64(len(x))
	e.samples = append(e.samples, x...)
	e.packets = append(e.packets, packet{e.end, at})
	for i := noted; i < len(e.blemish); i++ {
		e.blemish[i].heard = slices.Clone(e.samples[max(0, len(e.samples)-around-len(x)):])
	}
	if cut := len(e.samples) - keep; cut > keep/2 {
		e.samples = append(e.samples[:0], e.samples[cut:]...)
	}
	if cut := len(e.packets) - 400; cut > 200 {
		e.packets = append(e.packets[:0], e.packets[cut:]...)
	}
	// The beat makes the level of a packet vary between (0.3-0.1)/sqrt(2) = 0.14
	// and (0.3+0.1)/sqrt(2) = 0.28.
	if r := soundserver.RMS(x); len(x) >= 120 && r > 0.1 && r < 0.32 {
		e.good = at
	}
}

// note keeps a blemish unless it belongs to the one before.
func (e *ear) note(kind blemishKind, at time.Time) {
	for i := len(e.blemish) - 1; i >= 0 && i >= len(e.blemish)-3; i-- {
		if b := e.blemish[i]; b.kind == kind && at.Sub(b.at) < spacing {
			return
		}
	}
	e.blemish = append(e.blemish, blemish{kind: kind, at: at})
}

// silence notes a gap if the signal has not been there for a while.
func (e *ear) silence(now time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if now.Sub(e.good) > 500*time.Millisecond {
		e.note(gap, now)
	}
}

// take returns what was noted since it was asked last.
func (e *ear) take() []blemish {
	e.mu.Lock()
	defer e.mu.Unlock()
	b := e.blemish
	e.blemish = nil
	return b
}

// heardAt returns when the signal was heard last.
func (e *ear) heardAt() time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.good
}

// phasesAt returns the phases of what arrived around a time: the arrival of a
// sample is taken from the line of 48 kHz through the packets of that half
// second, at the median of their delays.
func (e *ear) phasesAt(at time.Time) (a, b complex128, ok bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	var d []float64
	const half = window / 2 * time.Second / audioio.SampleRate
	for _, p := range e.packets {
		if off := p.at.Sub(at); off > -half && off < half {
			d = append(d, off.Seconds()*audioio.SampleRate-float64(p.end-e.end))
		}
	}
	if len(d) < 20 {
		return 0, 0, false
	}
	slices.Sort(d)
	// The sample that arrives at at, counted from the last one heard.
	middle := -d[len(d)/2]
	whole := math.Floor(middle)
	first := len(e.samples) + int(whole) - window/2
	if first < 0 || first+window > len(e.samples) {
		return 0, 0, false
	}
	a, b = phases(e.samples[first : first+window])
	shift := 2 * math.Pi * (middle - whole) / audioio.SampleRate
	return a * rotate(shift*toneA), b * rotate(shift*toneB), true
}

func rotate(phase float64) complex128 { return complex(math.Cos(phase), math.Sin(phase)) }
