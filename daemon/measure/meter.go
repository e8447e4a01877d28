package measure

import (
	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/dsp"
)

// Shortest is how many seconds a loudness needs: one block of BS.1770-4.
const Shortest = 0.4

// Meter measures the loudness and true peak of audio of any rate, in constant
// memory.
type Meter struct {
	loudness *dsp.Loudness
	channels int
	frames   int     // in the running step
	stepped  func()  // called every 100 ms, nil for nothing
	feeder   *feeder // to 48 kHz, nil for what is measured at its own rate
}

// NewMeter returns a meter for interleaved frames of a rate and channels.
func NewMeter(f pcm.Format) (m *Meter, err error) {
	m = &Meter{channels: f.Channels}
	rate := f.Rate
	if rate < dsp.LowestLoudnessRate {
		rate = dsp.SampleRate
		m.feeder, err = newFeeder(f.Rate, f.Channels, m.measure)
	}
	m.loudness = dsp.NewLoudness(rate, channelWeights(f))
	return m, err
}

// Write measures whole frames.
func (m *Meter) Write(p []float32) {
	if m.feeder != nil {
		m.feeder.write(p)
		return
	}
	m.measure(p)
}

// measure measures frames of the meter's rate.
func (m *Meter) measure(p []float32) {
	for len(p) > 0 {
		n := min(len(p)/m.channels, m.loudness.Step()-m.frames)
		m.loudness.Write(p[:n*m.channels])
		p = p[n*m.channels:]
		if m.frames += n; m.frames == m.loudness.Step() {
			m.frames = 0
			if m.stepped != nil {
				m.stepped()
			}
		}
	}
}

// Finish takes what the rate conversion still holds and returns the integrated
// loudness (EBU R 128, LUFS) and the true peak (dBTP). Nothing may be written
// after it.
func (m *Meter) Finish() (integrated, truePeak Decibels) {
	if m.feeder != nil {
		m.feeder.flush()
	}
	return Decibels(m.loudness.Integrated()), Decibels(m.loudness.TruePeak())
}

// Loudspeakers of a channel mask, as in WAVEFORMATEXTENSIBLE.
const (
	lowFrequency = 1 << 3
	backs        = 1<<4 | 1<<5 // left and right
	sides        = 1<<9 | 1<<10
	surround51   = 0x3F // front left, right, centre, low frequency, back left, right
	surround71   = surround51 | sides
)

// channelWeights are what the power of each channel counts in loudness, by its
// place. In BS.1770-4 what stands at 60 to 120 degrees counts 1.41: the
// sides, and backs without sides, which stand there in 5.1. A recording that does
// not say its places has the usual ones if it has 6 or 8 channels; the channels of
// any other count alike.
func channelWeights(f pcm.Format) []float64 {
	mask := f.ChannelMask
	if mask == 0 {
		mask = map[int]uint32{6: surround51, 8: surround71}[f.Channels]
	}
	wide := uint32(sides)
	if mask&sides == 0 {
		wide = backs
	}
	weights := make([]float64, f.Channels)
	for c := range weights {
		place := mask & -mask // the lowest: channels are in their order
		mask &^= place
		switch {
		case place == lowFrequency:
			weights[c] = 0
		case place&wide != 0:
			weights[c] = 1.41
		default:
			weights[c] = 1
		}
	}
	return weights
}
