package engine

import (
	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/dsp"
)

// input is a source with what it may know beyond the interface.
type input struct {
	src   audioio.Source
	queue audioio.Queuer
	loss  audioio.LossCounter
}

func newInput(src audioio.Source) input {
	in := input{src: src}
	in.queue, _ = src.(audioio.Queuer)
	in.loss, _ = src.(audioio.LossCounter)
	return in
}

// queued returns the samples that wait to be read.
func (i input) queued() int {
	if i.queue == nil {
		return 0
	}
	return i.queue.Queued()
}

// dropped returns the samples lost so far because nobody read them.
func (i input) dropped() uint64 {
	if i.loss == nil {
		return 0
	}
	return i.loss.Dropped()
}

// output writes to a sink at the sink's pace.
type output struct {
	sink    audioio.Sink
	samples audioio.SampleSink // nil if the sink takes blocks only
	stats   audioio.StatsReporter

	resampler       *dsp.Resampler
	buf             [audioio.MaxSamples]float32
	fade            bool // the next block follows a gap
	blocksUntilPoll int  // blocks that go out before it is asked again how full the sink is
}

// fillPollInterval is after how many blocks a sink is asked how full it is whose pace is
// the writer's: 100 ms. Nothing but the status needs it, and it takes a system call.
const fillPollInterval = 10

func newOutput(sink audioio.Sink) *output {
	o := &output{sink: sink, fade: true, resampler: dsp.NewResampler()}
	o.samples, _ = sink.(audioio.SampleSink)
	o.stats, _ = sink.(audioio.StatsReporter)
	return o
}

// trouble returns what the sink had to do without so far.
func (o *output) trouble() audioio.SinkStats {
	if o.stats == nil {
		return audioio.SinkStats{}
	}
	return o.stats.Stats()
}

// fadeNext has the next block begin softly: it follows silence.
func (o *output) fadeNext() { o.fade = true }

// write hands a block over, at another rate where the sink has a clock of its
// own.
func (o *output) write(b *audioio.Block, l *latency) error {
	if o.fade {
		o.fade = false
		for i := range b {
			b[i] *= fadeIn[i]
		}
	}
	if o.blocksUntilPoll > 0 {
		o.blocksUntilPoll--
		return o.sink.WriteBlock(b)
	}
	fill := o.sink.Fill()
	l.queue.set(milliseconds(fill.Queued))
	if fill.Wanted == 0 || o.samples == nil {
		o.blocksUntilPoll = fillPollInterval - 1
		return o.sink.WriteBlock(b)
	}
	ppm := l.match.drift(fill)
	l.drift.set(float32(ppm))
	o.resampler.SetDrift(ppm)
	n := o.resampler.Process(o.buf[:], b[:])
	return o.samples.WriteSamples(o.buf[:n])
}
