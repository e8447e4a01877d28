package engine

import (
	"math"
	"math/bits"
	"sync/atomic"
	"time"
)

const (
	// Eight buckets per octave: a quantile is right to within 12 %.
	histogramSteps = 8

	// From 1 us to 2^24 us = 17 s; what lies beyond counts in the last.
	histogramOctaves = 24
)

// Histogram counts durations without locks. One goroutine adds, any may read.
type Histogram struct {
	counts [histogramOctaves * histogramSteps]atomic.Uint64
	max    atomic.Int64 // ns
}

// Add counts one duration.
func (h *Histogram) Add(d time.Duration) {
	h.counts[histogramBucket(d)].Add(1)
	if int64(d) > h.max.Load() {
		h.max.Store(int64(d)) // one writer only
	}
}

// histogramBucket finds the octave by the highest bit and the step within it by
// the three bits that follow.
func histogramBucket(d time.Duration) int {
	us := uint64(max(d/time.Microsecond, 1))
	octave := bits.Len64(us) - 1
	step := int(us << 3 >> octave & (histogramSteps - 1))
	return min(octave*histogramSteps+step, histogramOctaves*histogramSteps-1)
}

// histogramValue returns the middle of a bucket in microseconds.
func histogramValue(bucket int) float64 {
	octave, step := bucket/histogramSteps, bucket%histogramSteps
	return float64(uint64(1)<<octave) * (1 + (float64(step)+0.5)/histogramSteps)
}

// Quantiles are times in microseconds.
type Quantiles struct {
	P50, P90, P99, P999, Max float64 // P999: 99.9 % take no longer
}

// Quantiles reads the counts. Every value is 0 before the first Add.
func (h *Histogram) Quantiles() Quantiles {
	var counts [len(h.counts)]uint64
	total := uint64(0)
	for i := range h.counts {
		counts[i] = h.counts[i].Load()
		total += counts[i]
	}
	if total == 0 {
		return Quantiles{}
	}
	largest := float64(h.max.Load()) / 1e3
	at := func(share float64) float64 {
		need := uint64(share*float64(total)) + 1
		seen := uint64(0)
		for i, c := range counts {
			if seen += c; seen >= need {
				return min(histogramValue(i), largest)
			}
		}
		return largest
	}
	return Quantiles{P50: at(0.5), P90: at(0.9), P99: at(0.99), P999: at(0.999), Max: largest}
}

// Edges returns buckets of 16 us to 32 ms, two per octave: their lower edges in
// microseconds, and their counts. What is shorter counts in the first, what is longer in
// the last.
func (h *Histogram) Edges() (edges []float64, counts []uint64) {
	const first, last, perOctave = 4, 15, 2
	const fold = histogramSteps / perOctave
	n := (last-first)*perOctave + 1
	edges, counts = make([]float64, n), make([]uint64, n)
	for i := range n {
		octave, half := first+i/perOctave, i%perOctave
		edges[i] = math.Ldexp(1+float64(half)/perOctave, octave)
	}
	for b := range h.counts {
		i := min(max(b/fold-first*perOctave, 0), n-1)
		counts[i] += h.counts[b].Load()
	}
	edges[0] = 0
	return edges, counts
}
