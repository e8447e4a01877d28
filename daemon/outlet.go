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

// outlet writes to a sink at the sink's pace.
type outlet struct {
	sink    audioio.Sink
	samples audioio.SampleSink // nil if the sink takes blocks only
	stats   interface{ Stats() audioio.SinkStats }

	resampler *dsp.Resampler
	buf       [audioio.BlockSize + 16]float32
	fade      bool // the next block follows a gap
	unlooked  int  // blocks that go out before it is looked again how full the sink is
}

// lookAgain is how often, in blocks, it is looked how full a sink is whose pace is the
// writer's: each 100 ms. Nothing but the status needs it, and it takes a system call.
const lookAgain = 10

func newOutlet(sink audioio.Sink) *outlet {
	o := &outlet{sink: sink, fade: true, resampler: dsp.NewResampler()}
	o.samples, _ = sink.(audioio.SampleSink)
	o.stats, _ = sink.(interface{ Stats() audioio.SinkStats })
	return o
}

// trouble returns what the sink had to do without so far.
func (o *outlet) trouble() audioio.SinkStats {
	if o.stats == nil {
		return audioio.SinkStats{}
	}
	return o.stats.Stats()
}

// fadeNext has the next block begin softly: it follows silence.
func (o *outlet) fadeNext() { o.fade = true }

// write hands a block over, at another rate where the sink has a clock of its
// own.
func (o *outlet) write(b *audioio.Block, l *latency) error {
	if o.fade {
		o.fade = false
		for i := range b {
			b[i] *= fadeIn[i]
		}
	}
	if o.unlooked > 0 {
		o.unlooked--
		return o.sink.WriteBlock(b)
	}
	fill := o.sink.Fill()
	l.queue.set(milliseconds(fill.Queued))
	if fill.Wanted == 0 || o.samples == nil {
		o.unlooked = lookAgain - 1
		return o.sink.WriteBlock(b)
	}
	ppm := l.match.drift(fill)
	l.drift.set(float32(ppm))
	o.resampler.SetDrift(ppm)
	n := o.resampler.Process(o.buf[:], b[:])
	return o.samples.WriteSamples(o.buf[:n])
}
