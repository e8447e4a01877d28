package audiotest

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/jfreymuth/pulse/proto"
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
	rec := &recorder{want: want, streams: map[uint32]*Recording{}, done: make(chan struct{}), open: len(sources)}
	for range sources {
		rec.unused = append(rec.unused, newRecording(want))
	}
	c, err := s.dial("audiotest recorder", rec.receive)
	if err != nil {
		return nil, err
	}
	defer c.conn.Close()
	// The clock of a null sink loses what the machine stands still.
	patience := d + d/10 + startTimeout
	order := make([]uint32, len(sources))
	for i, name := range sources {
		const fragment = 4 * sampleRate / 100 // 10 ms
		var stream proto.CreateRecordStreamReply
		err := c.Request(&proto.CreateRecordStream{
			SampleSpec:  proto.SampleSpec{Format: proto.FormatFloat32LE, Channels: 1, Rate: sampleRate},
			ChannelMap:  proto.ChannelMap{proto.ChannelMono},
			SourceIndex: proto.Undefined, SourceName: name,
			BufferMaxLength: 400 * fragment, BufferFragSize: fragment, AdjustLatency: true, NoMove: true,
			DirectOnInputIndex: proto.Undefined,
			ChannelVolumes:     proto.ChannelVolumes{proto.VolumeNorm}, VolumeSet: true,
			Properties: proto.PropList{"media.name": proto.PropListString("test recording of " + name)},
		}, &stream)
		if err != nil {
			return nil, fmt.Errorf("record %s: %w", name, err)
		}
		order[i] = stream.StreamIndex
	}
	select {
	case <-rec.done:
	case <-ctx.Done():
		return nil, fmt.Errorf("record %v: %w", sources, ctx.Err())
	case <-time.After(patience):
		return nil, fmt.Errorf("record %v: only %d of %d samples in %v", sources, rec.least(), want, patience)
	}
	rec.mu.Lock()
	defer rec.mu.Unlock()
	if rec.err != nil {
		return nil, fmt.Errorf("record %v: %w", sources, rec.err)
	}
	out := make([]Recording, len(sources))
	for i, index := range order {
		out[i] = *rec.streams[index]
	}
	return out, nil
}

// newRecording has room for n samples in memory that is there already: the first
// touch of a page may take milliseconds on a virtual machine, and would be
// measured as a stall.
func newRecording(n int) *Recording {
	r := &Recording{Samples: make([]float32, n), Packets: make([]Packet, 2*n/480+100)}
	clear(r.Samples)
	clear(r.Packets)
	r.Samples, r.Packets = r.Samples[:0], r.Packets[:0]
	return r
}

// recorder collects the packets of several streams of one connection.
type recorder struct {
	mu      sync.Mutex
	streams map[uint32]*Recording
	unused  []*Recording // for the streams to come
	want    int          // samples of each stream
	open    int          // streams that have not got theirs yet
	err     error
	done    chan struct{}
}

func (r *recorder) receive(msg any) {
	now := time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	switch m := msg.(type) {
	case *proto.DataPacket:
		s := r.streams[m.StreamIndex]
		if s == nil {
			s = r.unused[0]
			r.unused = r.unused[1:]
			r.streams[m.StreamIndex] = s
		}
		if len(s.Samples) >= r.want {
			return
		}
		start := len(s.Samples)
		for i := 0; i+4 <= len(m.Data) && len(s.Samples) < r.want; i += 4 {
			s.Samples = append(s.Samples, math.Float32frombits(binary.LittleEndian.Uint32(m.Data[i:])))
		}
		s.Packets = append(s.Packets, Packet{At: now, Start: start, Len: len(s.Samples) - start})
		if len(s.Samples) == r.want {
			r.open--
			if r.open == 0 {
				close(r.done)
			}
		}
	case *proto.RecordStreamKilled, *proto.ConnectionClosed:
		if r.open > 0 && r.err == nil {
			r.err = fmt.Errorf("the server ended the stream")
			r.open = 0
			close(r.done)
		}
	}
}

// least returns the number of samples of the stream that has the fewest.
func (r *recorder) least() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := r.want
	for _, s := range r.streams {
		n = min(n, len(s.Samples))
	}
	if len(r.streams) < r.open {
		n = 0
	}
	return n
}
