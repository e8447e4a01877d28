package monitor

import (
	"math"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/control"
)

// wait waits until something is so.
func wait(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for begin := time.Now(); !ok(); time.Sleep(time.Millisecond) {
		if time.Since(begin) > 10*time.Second {
			t.Fatalf("not %s", what)
		}
	}
}

// unhurt is for watchers that do not panic.
func unhurt(t *testing.T) func(any) {
	return func(v any) { t.Errorf("a watcher panicked: %v", v) }
}

// A watcher that panics is said to have, and sees nothing more; the others go on.
func TestWatcherPanics(t *testing.T) {
	var attached, calls, seen, failed atomic.Int64
	s := New(func(on bool) {
		if on {
			attached.Add(1)
		} else {
			attached.Add(-1)
		}
	}, func(any) { failed.Add(1) })
	stopBad := s.Watch(func(*Hop) { calls.Add(1); panic("no disk") })
	stop := s.Watch(func(*Hop) { seen.Add(1) })
	var in, out audioio.Block
	wait(t, "ten hops seen by the other", func() bool {
		s.Hop(&in, &out, 0, 1)
		return seen.Load() >= 10
	})
	if calls.Load() != 1 || failed.Load() != 1 {
		t.Errorf("%d calls of a watcher that panics, %d panics reported, want 1 and 1", calls.Load(), failed.Load())
	}
	stop()
	if attached.Load() != 0 {
		t.Error("the engine is still watched")
	}
	stopBad() // it is gone already
	stopLast := s.Watch(func(*Hop) { panic("no disk either") })
	wait(t, "left by the only watcher, which panicked", func() bool {
		s.Hop(&in, &out, 0, 1)
		return attached.Load() == 0
	})
	stopLast()
}

// Every hop arrives once and in order, or is counted as lost; nobody is shown
// anything after he has left.
func TestHopsArriveInOrder(t *testing.T) {
	attached := 0
	s := New(func(on bool) {
		if on {
			attached++
		} else {
			attached--
		}
	}, unhurt(t))
	var in, out audioio.Block
	s.Hop(&in, &out, 0, 1) // nobody looks: that is nothing
	var seen, lost, wrong, last atomic.Int64
	stop := s.Watch(func(h *Hop) {
		lost.Add(int64(h.Lost))
		n := int64(h.In[0])
		if n != last.Load()+1+int64(h.Lost) {
			wrong.Add(1)
		}
		last.Store(n)
		seen.Add(1)
	})
	const total = 3 * ringHops
	for n := range total {
		in[0] = float32(n + 1)
		s.Hop(&in, &out, 0, 1)
		if n%16 == 0 {
			time.Sleep(time.Millisecond)
		}
	}
	wait(t, "all of what fits seen", func() bool { return seen.Load() >= ringHops })
	in[0]++
	wait(t, "the last hop seen", func() bool {
		if last.Load() == total+1 {
			return true
		}
		if s.ring.Load().head.Load() == s.ring.Load().tail.Load() && int64(in[0]) == total+1 {
			s.Hop(&in, &out, 0, 1)
			in[0]++
		}
		return false
	})
	if wrong.Load() > 0 || seen.Load()+lost.Load() != total+1 {
		t.Errorf("%d seen, %d lost of %d, %d out of order", seen.Load(), lost.Load(), total+1, wrong.Load())
	}
	stop()
	before := seen.Load()
	s.Hop(&in, &out, 0, 1)
	time.Sleep(3 * pumpEvery)
	if seen.Load() != before || attached != 0 || s.ring.Load() != nil {
		t.Errorf("after leaving: %d more seen, attached %d", seen.Load()-before, attached)
	}
}

func TestHopAllocatesNothing(t *testing.T) {
	s := New(func(bool) {}, unhurt(t))
	var in, out audioio.Block
	for _, look := range []bool{false, true} {
		if look {
			defer s.Watch(func(*Hop) {})()
		}
		if n := testing.AllocsPerRun(500, func() { s.Hop(&in, &out, 1, 1) }); n != 0 {
			t.Errorf("%v allocations per hop", n)
		}
	}
}

// tone fills a block with a sine.
func tone(b *audioio.Block, hz, peak float64, from int) {
	for i := range b {
		b[i] = float32(peak * math.Sin(2*math.Pi*hz*float64(from+i)/audioio.SampleRate))
	}
}

// A full-scale sine is at -3.0 dB RMS on the meter and 0 dB in the spectrum, in
// the bands around its frequency and nowhere else; half of it is 6 dB less.
func TestLevels(t *testing.T) {
	for _, hz := range []float64{100, 1000, 9000} {
		var l Levels
		s := NewSpectra()
		var h Hop
		var m control.Meters
		var p control.Spectrum
		meters, spectra := 0, 0
		for n := range 20 {
			tone(&h.In, hz, 1, n*audioio.BlockSize)
			tone(&h.Out, hz, 0.5, n*audioio.BlockSize)
			h.Speech = float32(n) / 20
			if v, ok := l.Add(&h); ok {
				m = v
				meters++
			}
			if v, ok := s.Add(&h); ok {
				p = v
				spectra++
			}
		}
		if meters != 4 || spectra != 4 {
			t.Errorf("%d and %d in 200 ms", meters, spectra)
		}
		if math.Abs(m.InputDB+3) > 0.11 || math.Abs(m.OutputDB+9) > 0.11 || m.Speech != 0.95 {
			t.Errorf("%+v", m)
		}
		total, totalAfter := 0.0, 0.0
		center := 2595*math.Log10(1+hz/700)/melTop*control.Bands - 0.5
		for i, v := range p.Before {
			total += math.Pow(10, v/10)
			totalAfter += math.Pow(10, p.After[i]/10)
			if math.Abs(float64(i)-center) > 3 && v > -50 {
				t.Errorf("%g Hz: %.1f dB in band %d, it belongs to %.1f", hz, v, i, center)
			}
		}
		if db := 10 * math.Log10(total); math.Abs(db) > 0.1 {
			t.Errorf("%g Hz at full scale: %.2f dB in all", hz, db)
		}
		if db := 10 * math.Log10(totalAfter/total); math.Abs(db+6) > 0.1 {
			t.Errorf("half of it: %.2f dB", db)
		}
	}
}
