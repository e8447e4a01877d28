package daemon

import (
	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/dsp"
)

// intake is a source with what it may know beyond the interface.
type intake struct {
	src   audioio.Source
	queue interface{ Queued() int }
	loss  interface{ Dropped() uint64 }
}

func newIntake(src audioio.Source) intake {
	in := intake{src: src}
	in.queue, _ = src.(interface{ Queued() int })
	in.loss, _ = src.(interface{ Dropped() uint64 })
	return in
}

// queued returns the samples that wait to be read.
func (i intake) queued() int {
	if i.queue == nil {
		return 0
	}
	return i.queue.Queued()
}

// dropped returns the samples lost so far because nobody read them.
func (i intake) dropped() uint64 {
	if i.loss == nil {
		return 0
	}
	return i.loss.Dropped()
}

// sampleWriter is a sink that takes any number of samples, not only blocks.
// A sink with a clock of its own has to: matched clocks make 479 or 481.
type sampleWriter interface{ WriteSamples(p []float32) error }

// outlet writes to a sink at the sink's pace.
type outlet struct {
	sink  audioio.Sink
	any   sampleWriter
	stats interface{ Stats() audioio.SinkStats }

	resampler *dsp.Resampler
	buf       [2*audioio.BlockSize + 8]float32
	held      int // samples in buf, for a sink that takes blocks only
	block     audioio.Block
	last      audioio.Block // written last
	fade      bool          // the next block follows a gap
	skipped   bool          // the block before was dropped
}

func newOutlet(sink audioio.Sink) *outlet {
	o := &outlet{sink: sink, fade: true, resampler: dsp.NewResampler()}
	o.any, _ = sink.(sampleWriter)
	o.stats, _ = sink.(interface{ Stats() audioio.SinkStats })
	return o
}

// underruns returns how often the sink ran dry.
func (o *outlet) underruns() uint64 {
	if o.stats == nil {
		return 0
	}
	return o.stats.Stats().Underruns
}

// fadeNext has the next block begin softly: it follows silence.
func (o *outlet) fadeNext() { o.fade = true }

// write hands a block over. For a sink with a clock of its own it matches the
// rate, and drops a block when the queue has been a whole block too long for a
// second: the rate alone would need ten seconds for that.
func (o *outlet) write(b *audioio.Block, l *latency, speech float32) error {
	fill := o.sink.Fill()
	l.queue.set(milliseconds(fill.Queued))
	if o.fade {
		o.fade = false
		for i := range b {
			b[i] *= fadeIn[i]
		}
	}
	if !fill.Clocked {
		return o.sink.WriteBlock(b)
	}
	ppm := l.match.drift(fill.Queued)
	l.drift.set(float32(ppm))
	over := (float64(fill.Queued) - l.match.target) / audioio.BlockSize
	if l.match.hops > settleHops && l.sink.cut(int(over), speech) {
		o.skipped = true
		return nil
	}
	if o.skipped {
		o.skipped = false
		splice(&o.last, b)
	}
	o.last = *b
	o.resampler.SetDrift(ppm)
	return o.resampled(b)
}

// resampled writes b at another rate: 479 to 481 samples.
func (o *outlet) resampled(b *audioio.Block) error {
	o.held += o.resampler.Process(o.buf[o.held:], b[:])
	if o.any != nil {
		n := o.held
		o.held = 0
		return o.any.WriteSamples(o.buf[:n])
	}
	for o.held >= audioio.BlockSize {
		copy(o.block[:], o.buf[:])
		o.held = copy(o.buf[:], o.buf[audioio.BlockSize:o.held])
		if err := o.sink.WriteBlock(&o.block); err != nil {
			return err
		}
	}
	return nil
}
