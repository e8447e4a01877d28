package dsp

import (
	"math"
	"slices"
)

// humDetector looks for steady tones at the harmonics of 50 and of 60 Hz. Every
// half second it compares, in a Hann window, the power at each harmonic with
// that 7 Hz beside it, where a voice has as much and a tone has nothing (31 dB
// less). The phase from one half second to the next gives the frequency to a
// hundredth of a Hz. While it has found nothing it looks for 50 and 60 Hz in
// turns, then only for what it found.
//
// Tones are measured by Goertzel's recursion ("An algorithm for the evaluation
// of finite trigonometric series", 1958) at 4 kHz.
type humDetector struct {
	decimate [2]boxDecimator
	at       int // samples of the block so far
	tones    [3 * humHarmonics]goertzel
	most     int
	sixty    bool // now looking for 60 Hz
	nominal  [2]humTones
}

// humTones is what is known about one mains frequency.
type humTones struct {
	tone   [humHarmonics]humTone
	offset float64 // Hz from the nominal frequency
}

// humTone is one harmonic.
type humTone struct {
	score int     // how sure it is there, 0 to humSure
	level float64 // power when it was seen last
	phase float64 // at the end of the last block
	seen  bool    // phase is of the block right before
}

const (
	humDecimation = 12
	humRate       = SampleRate / humDecimation // 4 kHz
	humBlock      = humRate / 2
	humBeside     = 7.0  // Hz
	humAbove      = 10.0 // power of a tone over what lies beside it
	humFloor      = 1e-10
	humEnter      = 3 // blocks until a tone is hum
	humSure       = 8
)

var humWindow = func() (w [humBlock]float64) {
	for i := range w {
		w[i] = (1 - math.Cos(2*math.Pi*(float64(i)+0.5)/humBlock)) / humBlock
	}
	return w
}()

func (d *humDetector) reset(most int) {
	*d = humDetector{most: most}
	d.aim()
}

// base is the nominal frequency looked for.
func (d *humDetector) base() float64 {
	if d.sixty {
		return 60
	}
	return 50
}

func (d *humDetector) now() *humTones {
	if d.sixty {
		return &d.nominal[1]
	}
	return &d.nominal[0]
}

// frequency is that of the mains, as measured.
func (d *humDetector) frequency() float64 { return d.base() + d.now().offset }

// found reports whether a harmonic is there.
func (d *humDetector) found(harmonic int) bool {
	return d.now().tone[harmonic-1].score >= humEnter
}

// reaches reports whether any harmonic has a score.
func (t *humTones) reaches(score int) bool {
	return slices.ContainsFunc(t.tone[:], func(h humTone) bool { return h.score >= score })
}

// shared reports whether a harmonic belongs to both mains frequencies: 300 and 600
// Hz say nothing about which it is.
func (d *humDetector) shared(harmonic int) bool {
	if d.sixty {
		return harmonic%5 == 0
	}
	return harmonic%6 == 0
}

// aim starts a block.
func (d *humDetector) aim() {
	d.at = 0
	for h := range d.most {
		f := d.base() * float64(h+1)
		for i, hz := range [3]float64{f - humBeside, f, f + humBeside} {
			d.tones[3*h+i].start(hz)
		}
	}
}

// listen takes a hop; true says that a block ended and what was found may have
// changed.
func (d *humDetector) listen(hop []float32) bool {
	var coarse [Hop / humDecimation]float64
	for i := range coarse {
		sum := 0.0
		for _, x := range hop[i*humDecimation:][:humDecimation] {
			sum += float64(x)
		}
		coarse[i] = d.decimate[1].next(d.decimate[0].next(sum / humDecimation))
	}
	tones := d.tones[:3*d.most]
	for _, x := range coarse {
		x *= humWindow[d.at]
		d.at++
		for i := range tones {
			tones[i].next(x)
		}
	}
	if d.at < humBlock {
		return false
	}
	d.judge()
	if now := d.now(); !now.reaches(1) {
		*now = humTones{}
		d.sixty = !d.sixty
	}
	d.aim()
	return true
}

// judge ends a block.
func (d *humDetector) judge() {
	now := d.now()
	sure := now.reaches(humEnter)
	best, offset := 0.0, 0.0
	for h := range d.most {
		t, k := &now.tone[h], d.tones[3*h:][:3]
		below, _ := k[0].result()
		power, phase := k[1].result()
		above, _ := k[2].result()
		steady := power > humFloor && power > humAbove*max(below, above)
		if d.shared(h+1) && !sure {
			continue
		}
		switch {
		case steady:
			// From one block to the next a tone at the nominal frequency, a
			// whole number of periods, keeps its phase. Half a turn is 1 Hz.
			if t.seen && power > best && h < 4 {
				best = power
				offset = math.Remainder(phase-t.phase, 2*math.Pi) / math.Pi / float64(h+1)
			}
			t.score = min(t.score+1, humSure)
			t.level = power
		case power < t.level/10 || power-power != 0:
			t.score = max(t.score-2, 0)
		case !sure:
			t.score = max(t.score-1, 0)
		}
		// Otherwise a voice hides it, as far as anybody can tell.
		t.phase, t.seen = phase, steady
	}
	// The mains stay within 0.2 Hz; what does not is something else.
	if best > 0 && math.Abs(offset) < 0.5 {
		if now.offset == 0 {
			now.offset = offset
		}
		now.offset += 0.3 * (offset - now.offset)
	}
}

// boxDecimator averages two sums in a row: with the sum over 12 samples before,
// what would fold onto the lowest 600 Hz is 33 dB down or more.
type boxDecimator struct{ last float64 }

func (b *boxDecimator) next(x float64) float64 {
	y := (x + b.last) / 2
	b.last = x
	return y
}

// goertzel measures one frequency.
type goertzel struct {
	c, cos, sin float64
	s1, s2      float64
}

func (g *goertzel) start(hz float64) {
	g.sin, g.cos = math.Sincos(2 * math.Pi * hz / humRate)
	g.c = 2 * g.cos
	g.s1, g.s2 = 0, 0
}

func (g *goertzel) next(x float64) {
	s := x + float64(g.c*g.s1) - g.s2
	g.s1, g.s2 = s, g.s1
}

// result returns the tone's power (its mean square) and its phase at the end.
func (g *goertzel) result() (power, phase float64) {
	re := g.s1 - float64(g.s2*g.cos)
	im := float64(g.s2 * g.sin)
	return (float64(re*re) + float64(im*im)) / 2, math.Atan2(im, re)
}
