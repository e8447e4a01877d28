package quality

import (
	"errors"
	"math"
	"math/cmplx"

	"gonum.org/v1/gonum/dsp/fourier"
)

// ErrTooShort: less than 0.4 s of speech is left without the pauses.
var ErrTooShort = errors.New("there is too little speech to judge: 0.4 s without pauses is the least")

// Constants of the measure, from the papers.
const (
	stoiRate     = 10_000
	stoiFrame    = 256 // samples, at 50 % overlap
	stoiHop      = stoiFrame / 2
	stoiFFT      = 512
	stoiBands    = 15    // third octaves
	stoiLowest   = 150.0 // Hz, the middle of the lowest band
	stoiSegment  = 30    // frames judged together: 384 ms
	stoiRange    = 40.0  // dB below the loudest frame where a pause begins
	stoiClipping = 6.623413251903491
	// stoiClipping is 1 + 10^(15/20): no part counts as worse than -15 dB.

	epsilon = 0x1p-52 // keeps divisions by silence finite
)

// Intelligibility returns STOI and ESTOI: how alike the envelopes of test and ref
// are in third octaves over 384 ms, about 0 to 1, where the pauses of ref do not
// count. ESTOI also hears noise that comes and goes. Recordings that hold less are
// ErrTooShort.
//
// Taal, Hendriks, Heusdens, Jensen, "An Algorithm for Intelligibility Prediction
// of Time-Frequency Weighted Noisy Speech", IEEE TASLP 19 (2011); Jensen, Taal,
// "An Algorithm for Predicting the Intelligibility of Speech Masked by Modulated
// Noise Maskers", IEEE/ACM TASLP 24 (2016).
func Intelligibility(ref, test []float32, rate int) (stoi, estoi float64, err error) {
	sameLength(ref, test)
	x, y := withoutPauses(resample(ref, rate, stoiRate), resample(test, rate, stoiRate))
	a, b := envelopes(x), envelopes(y)
	segments := len(a) - stoiSegment + 1
	if segments < 1 {
		return 0, 0, ErrTooShort
	}
	for m := range segments {
		stoi += correlation(a[m:m+stoiSegment], b[m:m+stoiSegment])
		estoi += extendedCorrelation(a[m:m+stoiSegment], b[m:m+stoiSegment])
	}
	return stoi / float64(segments), estoi / float64(segments), nil
}

// withoutPauses cuts the frames out of both where x is 40 dB or more below its
// loudest frame, and joins the rest by overlap-add.
func withoutPauses(x, y []float64) (a, b []float64) {
	window := hann(stoiFrame)
	var level []float64
	loudest := math.Inf(-1)
	for at := 0; at < len(x)-stoiFrame; at += stoiHop {
		sum := 0.0
		for i, w := range window {
			sum += w * x[at+i] * w * x[at+i]
		}
		level = append(level, 20*math.Log10(math.Sqrt(sum)+epsilon))
		loudest = max(loudest, level[len(level)-1])
	}
	kept := 0
	a, b = make([]float64, len(x)), make([]float64, len(x))
	for k, l := range level {
		if l <= loudest-stoiRange {
			continue
		}
		from, to := k*stoiHop, kept*stoiHop
		for i, w := range window {
			a[to+i] += w * x[from+i]
			b[to+i] += w * y[from+i]
		}
		kept++
	}
	if kept == 0 {
		return nil, nil
	}
	n := (kept-1)*stoiHop + stoiFrame
	return a[:n], b[:n]
}

// bands are the amplitudes of the third octaves in one frame.
type bands [stoiBands]float64

// envelopes returns the bands of every frame.
func envelopes(x []float64) []bands {
	edges := thirdOctaves()
	window := hann(stoiFrame)
	fft := fourier.NewFFT(stoiFFT)
	in := make([]float64, stoiFFT)
	spec := make([]complex128, stoiFFT/2+1)
	var out []bands
	for at := 0; at < len(x)-stoiFrame; at += stoiHop {
		for i, w := range window {
			in[i] = w * x[at+i]
		}
		fft.Coefficients(spec, in)
		var e bands
		for b := range e {
			sum := 0.0
			for _, v := range spec[edges[b][0]:edges[b][1]] {
				sum += real(v * cmplx.Conj(v))
			}
			e[b] = math.Sqrt(sum)
		}
		out = append(out, e)
	}
	return out
}

// thirdOctaves returns the first bin of each band and the one after its last.
func thirdOctaves() (edges [stoiBands][2]int) {
	bin := func(hz float64) int { return int(math.Round(hz * stoiFFT / stoiRate)) }
	for b := range edges {
		edges[b] = [2]int{
			bin(stoiLowest * math.Exp2(float64(2*b-1)/6)),
			bin(stoiLowest * math.Exp2(float64(2*b+1)/6)),
		}
	}
	return edges
}

// correlation is STOI's figure of one segment: in each band y is brought to the
// level of x and clipped, and correlated with it over the frames.
func correlation(x, y []bands) float64 {
	sum := 0.0
	for b := range stoiBands {
		var xx, yy float64
		for m := range x {
			xx += x[m][b] * x[m][b]
			yy += y[m][b] * y[m][b]
		}
		level := math.Sqrt(xx) / (math.Sqrt(yy) + epsilon)
		var p, q [stoiSegment]float64
		for m := range x {
			p[m] = x[m][b]
			q[m] = min(y[m][b]*level, x[m][b]*stoiClipping)
		}
		center(&p)
		center(&q)
		sum += dot(&p, &q) / ((math.Sqrt(dot(&p, &p)) + epsilon) * (math.Sqrt(dot(&q, &q)) + epsilon))
	}
	return sum / stoiBands
}

func center(p *[stoiSegment]float64) {
	m := 0.0
	for _, v := range p {
		m += v
	}
	m /= stoiSegment
	for i := range p {
		p[i] -= m
	}
}

func dot(p, q *[stoiSegment]float64) float64 {
	sum := 0.0
	for i := range p {
		sum += p[i] * q[i]
	}
	return sum
}

// extendedCorrelation is ESTOI's figure of one segment: each band's envelope and
// then each frame's spectrum are centered and brought to length 1, and the
// spectra compared.
func extendedCorrelation(x, y []bands) float64 {
	p, q := normalized(x), normalized(y)
	sum := 0.0
	for m := range p {
		for b := range p[m] {
			sum += p[m][b] * q[m][b]
		}
	}
	return sum / stoiSegment
}

// normalized centers and scales a segment's rows (bands), then its columns.
func normalized(x []bands) (out [stoiSegment]bands) {
	for b := range stoiBands {
		var row [stoiSegment]float64
		for m := range x {
			row[m] = x[m][b]
		}
		center(&row)
		g := inverse(math.Sqrt(dot(&row, &row)))
		for m := range out {
			out[m][b] = g * row[m]
		}
	}
	for m := range out {
		mean := 0.0
		for _, v := range out[m] {
			mean += v / stoiBands
		}
		power := 0.0
		for b := range out[m] {
			out[m][b] -= mean
			power += out[m][b] * out[m][b]
		}
		g := inverse(math.Sqrt(power))
		for b := range out[m] {
			out[m][b] *= g
		}
	}
	return out
}

// inverse is 1/v, and 0 where there is nothing.
func inverse(v float64) float64 {
	if v < epsilon {
		return 0
	}
	return 1 / v
}
