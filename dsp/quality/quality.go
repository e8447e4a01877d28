// Package quality scores a processed voice against the clean recording of it:
// SI-SDR, segmental SNR, STOI and ESTOI, and the delay between the two that has
// to be taken out first.
//
// Like dsp it is pure: functions of samples (full scale ±1, one channel), which
// they do not change. Both signals of a pair have the same rate and length,
// another length is a programming error and panics.
package quality

import "math"

// SISDR returns the scale-invariant signal-to-distortion ratio in dB: what of
// test is ref, at any level, against all the rest. +Inf is a perfect copy, -Inf
// nothing in common, NaN says that ref or test is silent.
//
// Le Roux et al., "SDR - half-baked or well done?", ICASSP 2019: with the means
// removed and a = <test, ref>/|ref|^2, it is 10 log10(|a ref|^2 / |a ref - test|^2).
func SISDR(ref, test []float32) float64 {
	sameLength(ref, test)
	mr, mt := mean(ref), mean(test)
	var rr, rt, tt float64
	for i := range ref {
		r, t := float64(ref[i])-mr, float64(test[i])-mt
		rr += r * r
		rt += r * t
		tt += t * t
	}
	if rr == 0 || tt == 0 {
		return math.NaN()
	}
	a := rt / rr
	var rest float64
	for i := range ref {
		d := a*(float64(ref[i])-mr) - (float64(test[i]) - mt)
		rest += d * d
	}
	return 10 * math.Log10(a*a*rr/rest)
}

// Bounds of one frame's SNR in dB: beyond them nothing more is heard, and a
// single silent frame would decide the mean.
const (
	segmentFloor   = -10
	segmentCeiling = 35
)

// SegmentalSNR returns the mean over frames of the SNR in dB, each held between
// -10 and 35 dB: frames of 30 ms under a Hann window, one every 7.5 ms. Frames in
// which ref is digital silence do not count. The level of test matters. NaN says
// that there is no frame.
//
// Loizou, "Speech Enhancement: Theory and Practice" (2013), 11.3.1.
func SegmentalSNR(ref, test []float32, rate int) float64 {
	sameLength(ref, test)
	size := rate * 30 / 1000
	window := hann(size)
	sum, n := 0.0, 0
	for at := 0; at+size <= len(ref); at += max(size/4, 1) {
		var signal, noise float64
		for i, w := range window {
			r := w * float64(ref[at+i])
			d := r - w*float64(test[at+i])
			signal += r * r
			noise += d * d
		}
		if signal == 0 {
			continue
		}
		sum += min(max(10*math.Log10(signal/noise), segmentFloor), segmentCeiling)
		n++
	}
	return sum / float64(n)
}

// hann returns a Hann window of n values without the zeros at its ends:
// w[i] = (1 - cos(2 pi (i+1)/(n+1)))/2.
func hann(n int) []float64 {
	w := make([]float64, n)
	for i := range w {
		w[i] = 0.5 - 0.5*math.Cos(2*math.Pi*float64(i+1)/float64(n+1))
	}
	return w
}

func mean(p []float32) float64 {
	sum := 0.0
	for _, v := range p {
		sum += float64(v)
	}
	return sum / float64(max(len(p), 1))
}

func sameLength(a, b []float32) {
	if len(a) != len(b) {
		panic("quality: signals of different length")
	}
}
