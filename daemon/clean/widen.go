package clean

import (
	"encoding/binary"
	"slices"
	"time"

	"github.com/stillmic/stillmic/audioio/metadata"
	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/recording"
	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model"
)

// wide is a recording of a low rate as one of 48 kHz, with room for the band that
// a model.Widener adds.
type wide struct {
	recording.Reader
	channels []*dsp.RateConverter
	in, one  []float32
	fine     [][]float32 // of each channel, converted but not delivered
	err      error       // its end
}

// widen returns a recording whose rate is low as a wide one, any other as it is.
func widen(r recording.Reader) (recording.Reader, error) {
	if r.Rate() > model.WidenRate {
		return r, nil
	}
	w := &wide{Reader: r, in: make([]float32, chunk*r.Channels()), fine: make([][]float32, r.Channels())}
	for range r.Channels() {
		c, err := dsp.NewRateConverter(r.Rate(), dsp.SampleRate)
		if err != nil {
			return r, err
		}
		w.channels = append(w.channels, c)
	}
	return w, nil
}

// recordedAt is the rate in Hz of a recording that was made wide, 0 for others.
func recordedAt(r recording.Reader) int {
	if w, ok := r.(*wide); ok {
		return w.Reader.Rate()
	}
	return 0
}

// HelperTime is that of the recording.
func (w *wide) HelperTime() time.Duration { return recording.HelperTime(w.Reader) }

func (w *wide) Rate() int { return dsp.SampleRate }

func (w *wide) Format() pcm.Format {
	f := w.Reader.Format()
	f.Rate = dsp.SampleRate
	return f
}

func (w *wide) Frames() int64 {
	if n := w.Reader.Frames(); n >= 0 {
		return w.channels[0].Length(n)
	}
	return -1
}

// Read fills p as pcm.Reader says.
func (w *wide) Read(p []float32) (frames int, err error) {
	channels := len(w.channels)
	want := len(p) / channels
	for len(w.fine[0]) < want && w.err == nil {
		w.more()
	}
	n := min(want, len(w.fine[0]))
	if n == 0 {
		return 0, w.err
	}
	for c, fine := range w.fine {
		for i, v := range fine[:n] {
			p[i*channels+c] = v
		}
		w.fine[c] = fine[:copy(fine, fine[n:])]
	}
	return n, nil
}

// more converts the next frames of the recording, or its last.
func (w *wide) more() {
	n, err := w.Reader.Read(w.in)
	for c, converter := range w.channels {
		if n == 0 {
			w.err = err
			w.fine[c] = converter.Flush(w.fine[c])
			continue
		}
		w.one = pcm.Channel(w.one, w.in[:n*len(w.channels)], c, len(w.channels))
		w.fine[c] = converter.Convert(w.fine[c], w.one)
	}
}

// bextTime is where a bext chunk says how many samples after midnight it begins: EBU
// Tech 3285, after description, originator, its reference, date and time.
const bextTime = 256 + 32 + 32 + 10 + 8

// Metadata leaves out what names samples of another rate, but for the time of day
// at which the recording begins.
func (w *wide) Metadata() metadata.Metadata {
	m := w.Reader.Metadata()
	head := 0
	var chunks []metadata.Chunk
	for i, c := range m.Chunks {
		if slices.Contains([]string{"cue ", "plst", "smpl", "inst", "fact"}, c.ID) {
			continue
		}
		if c.ID == "bext" && len(c.Data) >= bextTime+8 {
			c.Data = slices.Clone(c.Data)
			at := c.Data[bextTime:]
			samples := binary.LittleEndian.Uint64(at)
			binary.LittleEndian.PutUint64(at, samples*dsp.SampleRate/uint64(w.Reader.Rate()))
		}
		if chunks = append(chunks, c); i < m.Head {
			head = len(chunks)
		}
	}
	m.Chunks, m.Head = chunks, head
	m.Blocks = slices.DeleteFunc(slices.Clone(m.Blocks),
		func(b metadata.FLACBlock) bool { return b.Type == metadata.BlockCueSheet })
	return m
}
