package dsp

import (
	"runtime"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// TestRingModel runs random operations on a Ring and on a plain slice that
// does the same, and compares everything that can be seen.
func TestRingModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		capacity := rapid.IntRange(1, 70).Draw(t, "capacity")
		r := NewRing(capacity)
		if c := r.Cap(); c < capacity || c&(c-1) != 0 || c >= 2*capacity && capacity > 1 {
			t.Fatalf("capacity %d for %d asked", c, capacity)
		}
		var model []float32
		next := float32(0)
		t.Repeat(map[string]func(*rapid.T){
			"write": func(t *rapid.T) {
				p := make([]float32, rapid.IntRange(0, 100).Draw(t, "n"))
				for i := range p {
					p[i] = next + float32(i)
				}
				n := r.Write(p)
				if want := min(len(p), r.Cap()-len(model)); n != want {
					t.Fatalf("wrote %d, want %d", n, want)
				}
				model = append(model, p[:n]...)
				next += float32(n)
			},
			"read": func(t *rapid.T) {
				p := make([]float32, rapid.IntRange(0, 100).Draw(t, "n"))
				n := r.Read(p)
				if want := min(len(p), len(model)); n != want {
					t.Fatalf("read %d, want %d", n, want)
				}
				for i, v := range p[:n] {
					if v != model[i] {
						t.Fatalf("sample %d is %v, want %v", i, v, model[i])
					}
				}
				model = model[n:]
			},
			"discard": func(t *rapid.T) {
				k := rapid.IntRange(-5, 100).Draw(t, "n")
				n := r.Discard(k)
				if want := min(max(k, 0), len(model)); n != want {
					t.Fatalf("discarded %d, want %d", n, want)
				}
				model = model[n:]
			},
			"": func(t *rapid.T) {
				if r.Len() != len(model) || r.Free() != r.Cap()-len(model) {
					t.Fatalf("len %d free %d, model %d of %d", r.Len(), r.Free(), len(model), r.Cap())
				}
			},
		})
	})
}

// TestRingTwoGoroutines sends a counter through a small ring. Under the race
// detector it also proves that the indices order the samples.
func TestRingTwoGoroutines(t *testing.T) {
	const total = 300_000
	r := NewRing(256)
	var wg sync.WaitGroup
	wg.Go(func() {
		p := make([]float32, 100)
		for sent := 0; sent < total; {
			n := min(1+sent%len(p), total-sent)
			for i := range n {
				p[i] = float32(sent + i) // exact: below 2^24
			}
			w := r.Write(p[:n])
			sent += w
			if w == 0 {
				runtime.Gosched()
			}
		}
	})
	p := make([]float32, 77)
	for got := 0; got < total; {
		n := r.Read(p[:1+got%len(p)])
		for i, v := range p[:n] {
			if v != float32(got+i) {
				t.Fatalf("sample %d is %v", got+i, v)
			}
		}
		got += n
		if l := r.Len(); l < 0 || l > r.Cap() {
			t.Fatalf("length %d outside 0..%d", l, r.Cap())
		}
		if n == 0 {
			runtime.Gosched()
		}
	}
	wg.Wait()
	if r.Len() != 0 {
		t.Fatalf("%d samples left", r.Len())
	}
}

func TestRingRefusesNoCapacity(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Fatal("a ring of capacity 0 was made")
		}
	}()
	NewRing(0)
}

func TestRingAllocatesNothing(t *testing.T) {
	r := NewRing(2048)
	p := make([]float32, Hop)
	if n := testing.AllocsPerRun(100, func() { r.Write(p); r.Read(p); r.Discard(1) }); n != 0 {
		t.Fatalf("%v allocations per hop", n)
	}
}

func BenchmarkRing(b *testing.B) {
	r := NewRing(2048)
	p := make([]float32, Hop)
	for b.Loop() {
		r.Write(p)
		r.Read(p)
	}
}
