package measure

import "github.com/stillmic/stillmic/dsp"

// Shortest is how many seconds a loudness needs: one block of BS.1770-4.
const Shortest = 0.4

// Meter measures the loudness and true peak of audio of any rate, in constant
// memory.
type Meter struct {
	loudness *dsp.Loudness
	feeder   *feeder
}

// NewMeter returns a meter for interleaved frames of a rate in Hz.
func NewMeter(rate, channels int) (*Meter, error) {
	m := &Meter{loudness: dsp.NewLoudness(channels)}
	f, err := newFeeder(rate, channels, m.loudness.Write)
	m.feeder = f
	return m, err
}

// Write measures whole frames.
func (m *Meter) Write(p []float32) { m.feeder.write(p) }

// Finish takes what the rate conversion still holds and returns the integrated
// loudness (EBU R 128, LUFS) and the true peak (dBTP). Nothing may be written
// after it.
func (m *Meter) Finish() (integrated, truePeak Decibels) {
	m.feeder.flush()
	return Decibels(m.loudness.Integrated()), Decibels(m.loudness.TruePeak())
}
