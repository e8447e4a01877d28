package enrol

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/recording"
	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model"
	"github.com/stillmic/stillmic/model/voiceprint"
)

// Hop is 10 ms of a microphone as it is.
type Hop struct {
	Sound audioio.Block
	Muted bool // the sound is not heard
}

const (
	tellEvery = 100 * time.Millisecond
	lost      = 2 * time.Second // without a hop nothing comes
	longest   = 5 * time.Minute // that is waited for enough speech
)

// ErrGone is the error of a microphone that ended.
var ErrGone = errors.New("the microphone is gone; nothing was kept")

// Run has somebody read aloud until voiceprint.GoodSeconds of speech were heard, says ten times a second
// how it goes, and keeps the print at path as Keep does; at last it says Done, or Failed and why. Nothing
// is kept when ctx ends, or tell fails. Errors are those, ErrGone when hops is closed, ErrOther, and
// others that say what to do.
func Run(ctx context.Context, hops <-chan Hop, path string, fresh bool, tell func(Progress) error) error {
	g, err := newGuide()
	if err != nil {
		return err
	}
	result, err := g.enrol(ctx, hops, path, fresh, tell)
	last := g.progress(false)
	last.State, last.Hint, last.Result = Done, SayFine, result
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		last.State, last.Reason = Failed, err.Error()
	}
	return errors.Join(err, tell(last))
}

// enrol hears and keeps.
func (g *guide) enrol(ctx context.Context, hops <-chan Hop, path string, fresh bool, tell func(Progress) error) (*Result, error) {
	if err := g.listen(ctx, hops, tell); err != nil {
		return nil, err
	}
	p, result, err := g.heard.judge("come closer to the microphone, or find a quieter place, and enrol again")
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil { // who has left wants nothing to be kept
		return nil, err
	}
	if result.Added, err = Keep(path, p, fresh); err != nil {
		return nil, err
	}
	result.Print, err = About(path)
	return &result, err
}

// listen hears until there is enough speech.
func (g *guide) listen(ctx context.Context, hops <-chan Hop, tell func(Progress) error) error {
	ticks := time.NewTicker(tellEvery)
	defer ticks.Stop()
	begin, last := time.Now(), time.Now()
	if err := tell(g.progress(false)); err != nil {
		return err
	}
	for g.heard.enrolment.Seconds() < voiceprint.GoodSeconds {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case hop, open := <-hops:
			if !open {
				return ErrGone
			}
			last = time.Now()
			g.hear(&hop)
		case now := <-ticks.C:
			if now.Sub(begin) > longest {
				return tooLittle(g.heard.enrolment, "read the text aloud, nearer to the microphone, and enrol again")
			}
			if err := tell(g.progress(now.Sub(last) > lost)); err != nil {
				return err
			}
		}
	}
	return nil
}

// guide follows one enrolment.
type guide struct {
	heard    *ear
	out      audioio.Block
	muted    bool
	clipped  int     // hops until it is forgotten
	peak     float64 // mean square, the most since it was told
	advisers int     // hops until people are counted again
	several  bool
}

func newGuide() (*guide, error) {
	w, err := model.Default()
	if err != nil {
		return nil, err
	}
	e, err := voiceprint.NewEnrolment()
	if err != nil {
		return nil, err
	}
	inner, err := recording.NewProcessor(w, 1, recording.ProcessorOptions{Strength: allNoise})
	if err != nil {
		return nil, err
	}
	return &guide{heard: &ear{Processor: inner, enrolment: e, levels: new(levels)}}, nil
}

const (
	clipping   = 0.98 // of full scale
	clipFor    = 300  // hops
	countEvery = 100  // hops
)

// hear takes a hop.
func (g *guide) hear(h *Hop) {
	if g.muted = h.Muted; h.Muted {
		return
	}
	g.clipped = max(g.clipped-1, 0)
	for _, v := range h.Sound {
		if v > clipping || v < -clipping {
			g.clipped = clipFor
		}
	}
	g.peak = max(g.peak, meanSquare(h.Sound[:]))
	g.heard.Process([][]float32{g.out[:]}, [][]float32{h.Sound[:]})
	if g.advisers--; g.advisers < 0 {
		g.several, g.advisers = severalSure(g.heard.enrolment) > SeveralFrom, countEvery
	}
}

func meanSquare(x []float32) float64 { return float64(dsp.Energy(x)) / float64(len(x)) }

const (
	leastOverNoise = 10.0 // dB, from which on noise is no matter
	softDB         = -45.0
	readAfter      = 300 // hops without a word
)

// progress is what is to be told now.
func (g *guide) progress(silent bool) Progress {
	p := Progress{State: Listening, Seconds: min(g.heard.enrolment.Seconds(), voiceprint.GoodSeconds),
		Wanted: voiceprint.GoodSeconds, LevelDB: max(dsp.PowerDB(g.peak), -100), Hint: g.hint(silent)}
	g.peak = 0
	return p
}

// hint is what matters most.
func (g *guide) hint(silent bool) Hint {
	l := g.heard.levels
	voice, spoken := l.voice.dB()
	over, known := l.overNoise()
	switch {
	case silent:
		return SayNoSound
	case g.muted:
		return SayMuted
	case g.clipped > 0:
		return SayLoud
	case known && over < leastOverNoise:
		return SayNoise
	case spoken && voice < softDB:
		return SaySoft
	case g.several:
		return SaySeveral
	case l.quietHops > readAfter:
		return SayRead
	}
	return SayFine
}

// tooLittle is the error of an enrolment that has heard too little.
func tooLittle(e *voiceprint.Enrolment, remedy string) error {
	return fmt.Errorf("only %.1f s of speech: at least %.0f s are needed, %.0f s are good; %s",
		e.Seconds(), voiceprint.LeastSeconds, voiceprint.GoodSeconds, remedy)
}
