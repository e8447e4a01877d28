package clean

import (
	"math"

	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/recording"
	"github.com/stillmic/stillmic/daemon/measure"
	"github.com/stillmic/stillmic/dsp"
)

// Change is a figure of a recording before and after.
type Change struct {
	Before measure.Decibels `json:"before"`
	After  measure.Decibels `json:"after"`
}

// Known reports whether both are known.
func (c Change) Known() bool { return c.Before.Known() && c.After.Known() }

// figures measures a recording before and after, while it is cleaned.
type figures struct {
	speech        *speechTrack
	rate          int
	channels      int
	before, after *measure.Meter // after may be nil
	frame         int64
	hop           int // of frame
	dry, clean    float64
	pauses        struct {
		dry, clean float64
		hops       int
	}
	quiet int // hops without speech before this one
}

// surePause is from how many hops without speech on there is nothing of a word any more.
const surePause = 20

// newFigures returns what measures frames of a format; the loudness after is measured
// elsewhere where it is still to be changed.
func newFigures(f pcm.Format, speech *speechTrack, levelled bool) (m *figures, err error) {
	m = &figures{speech: speech, rate: f.Rate, channels: f.Channels}
	if m.before, err = measure.NewMeter(f); err != nil || levelled {
		return m, err
	}
	m.after, err = measure.NewMeter(f)
	return m, err
}

// write takes frames of the same moments. Levels are those of pauses, in which the noise
// is alone.
func (m *figures) write(f recording.Frames) error {
	m.before.Write(f.Dry)
	if m.after != nil {
		m.after.Write(f.Clean)
	}
	for at := 0; at < len(f.Dry); {
		end := int64(m.hop+1) * int64(m.rate) / hopsPerSecond
		n := min(int(end-m.frame)*m.channels, len(f.Dry)-at)
		m.dry += float64(dsp.Energy(f.Dry[at:][:n]))
		m.clean += float64(dsp.Energy(f.Clean[at:][:n]))
		at += n
		if m.frame += int64(n / m.channels); m.frame == end {
			m.finishHop()
		}
	}
	return nil
}

// finishHop counts a hop that is complete.
func (m *figures) finishHop() {
	m.quiet++
	if m.hop >= len(m.speech.hops) || m.speech.hops[m.hop] >= noSpeech {
		m.quiet = 0
	}
	if m.quiet > surePause {
		m.pauses.hops++
		m.pauses.dry += m.dry
		m.pauses.clean += m.clean
	}
	m.hop++
	m.dry, m.clean = 0, 0
}

// noise is the level of pauses in dBFS: unknown where there is less than a tenth of a second of them.
func (m *figures) noise() Change {
	if m.pauses.hops < hopsPerSecond/10 {
		return Change{measure.Unknown(), measure.Unknown()}
	}
	samples := float64(m.pauses.hops) * float64(m.rate*m.channels) / hopsPerSecond
	level := func(energy float64) measure.Decibels {
		return measure.Decibels(max(dsp.PowerDB(energy/samples), lowestLevel))
	}
	return Change{level(m.pauses.dry), level(m.pauses.clean)}
}

// lowestLevel stands for silence, in dBFS: a tenth of the step of 24 bits.
const lowestLevel = -160

// give sets the figures of a result, which was brought to a loudness unless that is nil.
func (m *figures) give(r *Result, l *Loudness) {
	r.Noise, r.Speech = m.noise(), math.Round(100*m.speech.share())/100
	r.LUFS.Before, _ = m.before.Finish()
	if l != nil {
		r.LUFS.After = l.Integrated
		r.Noise.After += min(l.Gain, 0) // a gain above that is for speech alone
		return
	}
	r.LUFS.After, _ = m.after.Finish()
}
