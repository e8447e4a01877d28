package kernel

import "math"

// Int16 is a matrix of 16-bit integers with one step per column. Processors
// multiply and add twice as many of them in an instruction as of float32, and
// fetch them in half the time. Two rows lie interleaved, so that a 32-bit lane
// has both factors of its column.
type Int16 struct {
	w     []int16   // k/2 pairs of rows, each 2n values: w[0,0], w[1,0], w[0,1], w[1,1], ...
	steps []float32 // by column: what 1 stands for
	k, n  int
}

const (
	// largest is the magnitude that Quantize gives the largest input.
	largest = math.MaxInt16
	// columnSum bounds the magnitudes of a column together: no sum of products with
	// inputs of up to largest leaves 32 bits, 32767 * 65535 < 2^31.
	columnSum = 65535
)

// NewInt16 packs the k x n matrix w of row stride ldw, each column in the finest
// steps whose sums stay in 32 bits: for 32 rows of like size that is 11 bits and
// the sign. It returns nil where k is 0 or odd, or n is no multiple of Lanes.
func NewInt16(w []float32, ldw, k, n int) *Int16 {
	if k < 2 || k%2 != 0 || n%Lanes != 0 {
		return nil
	}
	m := &Int16{w: make([]int16, k*n), steps: columnSteps(w, ldw, k, n, largest), k: k, n: n}
	for i := range k {
		for j, step := range m.steps {
			m.w[i/2*2*n+2*j+i%2] = int16(inSteps(w[i*ldw+j], step))
		}
	}
	return m
}

// columnSteps returns for each column the finest step by which no weight is above
// most and all together not above columnSum.
func columnSteps(w []float32, ldw, k, n, most int) []float32 {
	peaks, sums := make([]float64, n), make([]float64, n)
	for i := range k {
		for j, v := range w[i*ldw:][:n] {
			size := math.Abs(float64(v))
			peaks[j] = max(peaks[j], size)
			sums[j] += size
		}
	}
	steps := make([]float32, n)
	for j := range steps {
		// Rounding adds at most half a step per row. A column of zeros has any step.
		steps[j] = float32(max(peaks[j]/float64(most), sums[j]/(columnSum-float64(k)/2), 1e-30))
	}
	return steps
}

// inSteps is v in whole steps.
func inSteps(v, step float32) int { return int(math.RoundToEven(float64(v) / float64(step))) }

// HasIntegers reports whether Int16Product, Int8Product and GroupsProduct are quicker than
// Product here.
func (s *Set) HasIntegers() bool { return s.int16 != nil }

// HasInt8 reports whether Int8Product is.
func (s *Set) HasInt8() bool { return s.int8 != nil }

// Quantize rounds x to steps, the largest magnitude to 32767, and returns the
// step. The length has to be a multiple of Lanes.
func (s *Set) Quantize(q []int16, x []float32) (step float32) {
	if len(x)%Lanes != 0 {
		panic("kernel: quantize: length is no multiple of 8")
	}
	quantize := s.quantize
	if quantize == nil {
		quantize = quantizeGo
	}
	return quantize(q[:len(x)], x)
}

// quantizeGo is Quantize. What is all below 1e-20 is zero.
func quantizeGo(q []int16, x []float32) (step float32) {
	peak := float32(0)
	for _, v := range x {
		peak = max(peak, v, -v)
	}
	if peak < 1e-20 {
		clear(q)
		return 0
	}
	factor := largest / peak
	for i, v := range x {
		q[i] = int16(math.RoundToEven(float64(v * factor)))
	}
	return peak / largest
}

// Int16Product is Product of inputs and weights in steps:
//
//	y[r*ldy+j] = b[r*ldb+j] + sum over i of a[r*lda+i]*step * w[i, j]
//
// The sum is of integers and exact. Slices that are too short panic.
func (s *Set) Int16Product(y []float32, ldy int, a []int16, lda int, step float32, w *Int16, b []float32, ldb int, rows int) {
	if rows <= 0 {
		return
	}
	_, _, _ = y[(rows-1)*ldy+w.n-1], b[(rows-1)*ldb+w.n-1], a[(rows-1)*lda+w.k-1]
	product := s.int16
	if product == nil {
		product = int16Go
	}
	product(y, ldy, a, lda, step, w.w, w.steps, b, ldb, rows, w.k, w.n)
}

// int16Go is Int16Product.
func int16Go(y []float32, ldy int, a []int16, lda int, step float32, w []int16, steps, b []float32, ldb, rows, k, n int) {
	for r := range rows {
		for j := range n {
			sum := int32(0)
			for i := range k {
				sum += int32(a[r*lda+i]) * int32(w[i/2*2*n+2*j+i%2])
			}
			y[r*ldy+j] = b[r*ldb+j] + float32(sum)*(step*steps[j])
		}
	}
}
