package kernel

import "math"

// panel is how many columns of a Half lie together.
const panel = 64

// Half is a matrix of 16-bit floats (IEEE 754 binary16), which are fetched in half
// the time of float32: a wide layer's weights do not stay in the caches between
// two frames. Panels of 64 columns lie one after another, each row by row.
type Half struct {
	w    []uint16
	k, n int
}

// NewHalf packs the k x n matrix w of row stride ldw. It returns false where a
// value of it has no exact 16-bit float, or n is no multiple of 64.
func NewHalf(w []float32, ldw, k, n int) (Half, bool) {
	if n%panel != 0 {
		return Half{}, false
	}
	h := Half{w: make([]uint16, 0, k*n), k: k, n: n}
	for first := 0; first < n; first += panel {
		for i := range k {
			for _, v := range w[i*ldw+first:][:panel] {
				bits, exact := toHalf(v)
				if !exact {
					return Half{}, false
				}
				h.w = append(h.w, bits)
			}
		}
	}
	return h, true
}

// Bytes is the memory that the matrix takes.
func (h *Half) Bytes() int { return 2 * len(h.w) }

// Nonzero lists the inputs of a HalfProduct that are not zero. After a rectifier
// that is a third of them, and the weights of the others need not be fetched.
type Nonzero struct {
	values []float32
	rows   []int32
}

// NewNonzero returns an empty list for up to k inputs.
func NewNonzero(k int) Nonzero {
	return Nonzero{values: make([]float32, 0, k), rows: make([]int32, 0, k)}
}

// Set lists a's values. It does not allocate.
func (z *Nonzero) Set(a []float32) {
	values, rows := z.values[:len(a)], z.rows[:len(a)]
	n := 0
	for i, v := range a { // no branch: which are zero cannot be foretold
		values[n], rows[n] = v, int32(i)
		if v != 0 {
			n++
		}
	}
	z.values, z.rows = values[:n], rows[:n]
}

// HasHalf says whether HalfProduct is quicker than Product here.
func (s *Set) HasHalf() bool { return s.half != nil }

// HalfProduct is a product of one row, a, that starts from b:
//
//	y[j] = b[j] + sum over i<k of a[i] * w[i, j]
//
// b may be y. Slices that are too short panic.
func (s *Set) HalfProduct(y []float32, a *Nonzero, w *Half, b []float32) {
	if n := len(a.rows); n > 0 && int(a.rows[n-1]) >= w.k {
		panic("kernel: half product: more inputs than weights")
	}
	product := s.half
	if product == nil {
		product = halfGo
	}
	product(y[:w.n], a.values, a.rows, w.w, w.k*panel, b[:w.n])
}

// halfGo is HalfProduct: panels of 64 columns start ldp values apart, len(y) is
// a multiple of 64.
func halfGo(y, values []float32, rows []int32, w []uint16, ldp int, b []float32) {
	for j := range y {
		sum := b[j]
		for i, x := range values {
			sum += x * FromHalf(w[j/panel*ldp+int(rows[i])*panel+j%panel])
		}
		y[j] = sum
	}
}

// FromHalf widens an IEEE 754 binary16: 1 bit sign, 5 bits exponent, 10 bits
// mantissa.
func FromHalf(h uint16) float32 {
	sign, exponent, mantissa := uint32(h>>15)<<31, uint32(h>>10&31), uint32(h&1023)
	switch exponent {
	case 0: // zero and denormal: mantissa * 2^-24
		x := float32(mantissa) / (1 << 24)
		return math.Float32frombits(math.Float32bits(x) | sign)
	case 31: // infinity and NaN
		return math.Float32frombits(sign | 255<<23 | mantissa<<13)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | mantissa<<13)
}

// toHalf narrows v, and says whether nothing of it is lost.
func toHalf(v float32) (h uint16, exact bool) {
	bits := math.Float32bits(v)
	sign, exponent := uint16(bits>>16&0x8000), int(bits>>23&255)-127+15
	if exponent <= 0 { // denormal, in steps of 2^-24
		steps := math.Abs(float64(v)) * (1 << 24)
		return sign | uint16(steps), steps == math.Trunc(steps)
	}
	h = sign | uint16(exponent<<10) | uint16(bits>>13&1023)
	return h, exponent < 31 && bits&0x1fff == 0
}
