package model

import (
	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model/internal/kernel"
)

const (
	// energyFloor is just above the noise of 16-bit rounding, whose energy in
	// one bin is 480 / 12 / 32768^2 = 3.7e-8.
	energyFloor = 1e-7

	// coherenceFloor makes silence coherent with nothing.
	coherenceFloor = 1e-6

	// rounding is the share of a frame's energy below which a float32 FFT gives
	// rounding errors; both floors are raised by it.
	rounding = 1e-9

	// meanRate is the share of a new frame in the running mean: 100 frames, 1 s.
	meanRate = 0.01
)

// features turns spectra into the network's input: six maps of the 128 bands.
//
//	0    log10 of the band's energy minus its running mean (1 s)
//	1    log10 of the band's energy, scaled
//	2,3  coherence over time: X[t] conj X[t-1], rotated so that a tone on a bin
//	     gives 1, over its magnitude. Steady tones turn evenly, noise does not.
//	4,5  coherence over frequency: X[k] conj X[k-1] over its magnitude; its angle
//	     says where within the frame the energy lies
type features struct {
	kernels *kernel.Set
	edges   [dsp.Bands + 1]int
	frames  int // seen so far, up to 1/meanRate
	mean    [dsp.Bands]float32
	energy  [dsp.Bands]float32 // of the bands, and a little more
	level   [dsp.Bands]float32 // the same as log10

	// The spectrum in parts, each after one zero: the bin below the first.
	re, im [1 + dsp.Bins]float32
	// The spectrum before, odd bins negated: a tone on bin k advances by k*pi
	// in a hop of half a window.
	pastRe, pastIm [dsp.Bins]float32

	time, freq coherence
}

// coherence holds products of spectra and their magnitudes.
type coherence struct{ re, im, size [dsp.Bins]float32 }

// reset forgets the past.
func (f *features) reset() {
	f.frames = 0
	clear(f.mean[:])
	clear(f.pastRe[:])
	clear(f.pastIm[:])
}

// extract writes the maps of the next spectrum: Bands rows of six values.
func (f *features) extract(out []float32, spec []complex64) {
	k := f.kernels
	re, im := f.re[1:], f.im[1:]
	k.Split(re, im, spec)
	t, q := &f.time, &f.freq
	k.Cross(t.re[:], t.im[:], t.size[:], re, im, f.pastRe[:], f.pastIm[:])
	k.Cross(q.re[:], q.im[:], q.size[:], re, im, f.re[:dsp.Bins], f.im[:dsp.Bins])
	loss := rounding * (dsp.Energy(re) + dsp.Energy(im))
	f.lowBands(out, loss)
	f.highBands(out, loss)
	f.levels(out)
	dsp.Multiply(f.pastRe[:], re, turns[:])
	dsp.Multiply(f.pastIm[:], im, turns[:])
}

// turns negate the odd bins.
var turns = func() (t [dsp.Bins]float32) {
	for k := range t {
		t[k] = float32(1 - k%2*2)
	}
	return t
}()

// lowBands handles the bands of one bin each.
func (f *features) lowBands(out []float32, loss float32) {
	re, im := f.re[1:], f.im[1:]
	floor := coherenceFloor + loss
	for b := range dsp.LinearBands {
		f.energy[b] = re[b]*re[b] + im[b]*im[b] + energyFloor + loss
		row := (*[featureMaps]float32)(out[b*featureMaps:])
		row[2], row[3] = f.time.at(b).over(floor)
		row[4], row[5] = f.freq.at(b).over(floor)
	}
}

// product is a product of spectra and its magnitude, of one bin or summed over several.
type product struct{ re, im, size float32 }

// over is the coherence: a product over its magnitude.
func (p product) over(floor float32) (re, im float32) {
	scale := 1 / (p.size + floor)
	return p.re * scale, p.im * scale
}

// at is the product of one bin.
func (c *coherence) at(k int) product { return product{c.re[k], c.im[k], c.size[k]} }

// highBands handles the bands above, each the sum of its bins.
func (f *features) highBands(out []float32, loss float32) {
	floor := coherenceFloor + loss
	for b := dsp.LinearBands; b < dsp.Bands; b++ {
		energy, time, freq := f.sums(f.edges[b], f.edges[b+1])
		f.energy[b] = energy + energyFloor + loss
		row := (*[featureMaps]float32)(out[b*featureMaps:])
		row[2], row[3] = time.over(floor)
		row[4], row[5] = freq.over(floor)
	}
}

// sums adds up the bins from lo to hi-1: their energy, and their products. All eight sums
// go side by side, as each would wait for its own additions.
func (f *features) sums(lo, hi int) (energy float32, time, freq product) {
	t, q, n := &f.time, &f.freq, hi-lo
	re, im := f.re[1+lo:][:n], f.im[1+lo:][:n]
	tre, tim, tsize := t.re[lo:][:n], t.im[lo:][:n], t.size[lo:][:n]
	qre, qim, qsize := q.re[lo:][:n], q.im[lo:][:n], q.size[lo:][:n]
	var re2, im2 float32
	for i, r := range re {
		re2 += r * r
		im2 += im[i] * im[i]
		time.re += tre[i]
		time.im += tim[i]
		time.size += tsize[i]
		freq.re += qre[i]
		freq.im += qim[i]
		freq.size += qsize[i]
	}
	return re2 + im2, time, freq
}

// levels writes the maps 0 and 1 and moves the running mean, which is exact for
// the first second and exponential from then on.
func (f *features) levels(out []float32) {
	f.frames = min(f.frames+1, 1/meanRate)
	rate := 1 / float32(f.frames)
	f.level = f.energy
	f.kernels.Log10(f.level[:])
	for b, level := range f.level {
		f.mean[b] += rate * (level - f.mean[b])
		out[b*featureMaps] = level - f.mean[b]
		out[b*featureMaps+1] = (level + 1) / 3
	}
}
