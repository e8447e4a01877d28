package soundserver

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"
)

// Recording is what one client heard of one source.
type Recording struct {
	Samples []float32 // 48 kHz mono
	Packets []Packet  // how they arrived
}

// Packet is one fragment of a recording.
type Packet struct {
	At    time.Time // when it arrived
	Start int       // index of its first sample
	Len   int       // number of samples
}

// Record records a source for the given duration, counted in samples.
func (s *Server) Record(ctx context.Context, source string, d time.Duration) ([]float32, error) {
	r, err := s.RecordAll(ctx, d, source)
	if err != nil {
		return nil, err
	}
	return r[0].Samples, nil
}

// RecordPair records two sources by one client and cuts the recordings so that
// the same index means the same time of arrival in that client: the lag of b
// behind a, found by cross-correlation, is the latency b adds.
//
// The time of arrival of a sample is taken from the straight line of 48 kHz
// through the packets, at the median of their delays.
func (s *Server) RecordPair(ctx context.Context, a, b string, d time.Duration) (x, y []float32, err error) {
	r, err := s.RecordAll(ctx, d, a, b)
	if err != nil {
		return nil, nil, err
	}
	x, y = r[0].Samples, r[1].Samples
	// offset is how much later, in samples, y's first sample arrived.
	offset := int(math.Round(r[1].origin(r[0].Packets[0].At) - r[0].origin(r[0].Packets[0].At)))
	if offset > 0 {
		x = x[min(offset, len(x)):]
	} else {
		y = y[min(-offset, len(y)):]
	}
	n := min(len(x), len(y))
	return x[:n], y[:n], nil
}

// origin returns when sample 0 arrived, in samples after t0: the median over
// the packets of arrival time less the index of the packet's end.
func (r *Recording) origin(t0 time.Time) float64 {
	d := make([]float64, len(r.Packets))
	for i, p := range r.Packets {
		d[i] = p.At.Sub(t0).Seconds()*sampleRate - float64(p.Start+p.Len)
	}
	slices.Sort(d)
	return d[len(d)/2]
}

// RecordAll records several sources by one client at the same time, in
// fragments of 10 ms, each for the given duration counted in samples.
func (s *Server) RecordAll(ctx context.Context, d time.Duration, sources ...string) ([]Recording, error) {
	want := int(d.Seconds() * sampleRate)
	rec := make([]Recording, len(sources))
	for i := range rec {
		rec[i] = newRecording(want)
	}
	open := len(sources) // sources that have not got their samples yet
	// The clock of a null sink loses what the machine stands still.
	patience := d + d/10 + startTimeout
	listening, stop := context.WithTimeout(ctx, patience)
	defer stop()
	err := s.Listen(listening, func(source int, samples []float32, at time.Time) {
		r := &rec[source]
		n := min(len(samples), want-len(r.Samples))
		if n == 0 {
			return
		}
		r.Packets = append(r.Packets, Packet{At: at, Start: len(r.Samples), Len: n})
		r.Samples = append(r.Samples, samples[:n]...)
		if len(r.Samples) == want {
			if open--; open == 0 {
				stop()
			}
		}
	}, sources...)
	switch {
	case open == 0:
		return rec, nil
	case err != nil:
		return nil, err
	case ctx.Err() != nil:
		return nil, fmt.Errorf("record %v: %w", sources, ctx.Err())
	}
	least := slices.MinFunc(rec, func(a, b Recording) int { return len(a.Samples) - len(b.Samples) })
	return nil, fmt.Errorf("record %v: only %d of %d samples in %v", sources, len(least.Samples), want, patience)
}

// newRecording has room for n samples in memory that is there already: the first
// touch of a page may take milliseconds on a virtual machine, and would be
// measured as a stall.
func newRecording(n int) Recording {
	r := Recording{Samples: make([]float32, n), Packets: make([]Packet, 2*n/480+100)}
	clear(r.Samples)
	clear(r.Packets)
	r.Samples, r.Packets = r.Samples[:0], r.Packets[:0]
	return r
}
