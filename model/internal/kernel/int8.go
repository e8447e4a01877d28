package kernel

import "math"

// panel is how many columns of an Int8 lie together.
const panel = 64

// Int8 is a matrix of 8-bit integers with one step per column, for layers that see
// one row: their weights do not stay in the caches between two frames, and a
// quarter of the bytes is fetched in a quarter of the time.
//
// Panels of 64 columns lie one after another, and in each the rows two by two. 4 bytes are the two
// rows of column c and of column c+32, as two words of 16 bits: the upper byte is the weight of
// column c, the lower one that of column c+32 plus 128. So one product of words sums up 256 times
// column c and column c+32, and one of their upper bytes column c: half of the loads, and one step
// in place of two that make bytes words.
type Int8 struct {
	w     []int8
	steps []float32 // by column: what 1 stands for
	k, n  int
}

// NewInt8 packs the k x n matrix w of row stride ldw, each column in up to 127 steps of a
// power of 2: nothing is lost of weights that scripts/train rounded to such. It returns nil
// where k is 0 or odd, or n is no multiple of 64.
func NewInt8(w []float32, ldw, k, n int) *Int8 {
	if k < 2 || k%2 != 0 || n%panel != 0 {
		return nil
	}
	m := &Int8{w: make([]int8, k*n), steps: columnSteps(w, ldw, k, n, most8), k: k, n: n}
	for j, step := range m.steps {
		m.steps[j] = upToPower(step)
	}
	for i := range k {
		for j, step := range m.steps {
			m.set(i, j, int8(inSteps(w[i*ldw+j], step)))
		}
	}
	return m
}

// NewInt8Turned packs the transpose of w, which is n x k, one row after another, each column
// of the result in 127 steps of any size. It returns nil where NewInt8 does.
func NewInt8Turned(w []float32, k, n int) *Int8 {
	if k < 2 || k%2 != 0 || n%panel != 0 {
		return nil
	}
	m := &Int8{w: make([]int8, k*n), steps: make([]float32, n), k: k, n: n}
	for j := range m.steps {
		column := w[j*k:][:k]
		step := columnSteps(column, 1, k, 1, most8)[0]
		m.steps[j] = step
		for i, v := range column {
			m.set(i, j, int8(inSteps(v, step)))
		}
	}
	return m
}

// WholePanels is n, of columns, rounded up to what an Int8 can have.
func WholePanels(n int) int { return (n + panel - 1) / panel * panel }

// most8 is the largest magnitude of a weight of 8 bits.
const most8 = math.MaxInt8

// upToPower is the power of 2 that is x or the next above.
func upToPower(x float32) float32 {
	fraction, exponent := math.Frexp(float64(x)) // fraction from 1/2 to 1
	if fraction == 0.5 {
		return x
	}
	return float32(math.Ldexp(1, exponent))
}

// int8At is where the weight of input i and output j lies, of panels ldp values apart, and what
// its bits are turned by.
func int8At(i, j, ldp int) (at int, turned int8) {
	at = j/panel*ldp + i/2*2*panel + j%(panel/2)*4 + i%2*2
	if j%panel < panel/2 {
		return at + 1, 0
	}
	return at, math.MinInt8 // as adding 128
}

// set stores the weight of input i and output j, and at returns it.
func (m *Int8) set(i, j int, weight int8) {
	at, turned := int8At(i, j, m.k*panel)
	m.w[at] = weight ^ turned
}

func (m *Int8) at(i, j int) int8 {
	at, turned := int8At(i, j, m.k*panel)
	return m.w[at] ^ turned
}

// Pairs lists the inputs of an Int8Product, two by two, without those that are both
// zero. After a rectifier that is half of them, whose weights need not be fetched.
type Pairs struct {
	values []int32 // the second in the upper half
	rows   []int32 // which pair
	sum    int32   // of all inputs
}

// NewPairs returns an empty list for up to k inputs.
func NewPairs(k int) Pairs {
	return Pairs{values: make([]int32, 0, (k+1)/2), rows: make([]int32, 0, (k+1)/2)}
}

// Set lists a's pairs. It does not allocate.
func (p *Pairs) Set(a []int16) {
	if len(a)%2 != 0 {
		panic("kernel: pairs: odd number of inputs")
	}
	values, rows := p.values[:len(a)/2], p.rows[:len(a)/2]
	n, sum := 0, int32(0)
	for i := range values { // no branch: which are zero cannot be foretold
		v := int32(uint16(a[2*i])) | int32(a[2*i+1])<<16
		sum += int32(a[2*i]) + int32(a[2*i+1])
		values[n], rows[n] = v, int32(i)
		if v != 0 {
			n++
		}
	}
	p.values, p.rows, p.sum = values[:n], rows[:n], sum
}

// Int8Product is a product of one row, a, of inputs in steps:
//
//	y[j] = b[j] + sum over i of a[i]*step * w[i, j]
//
// The sum is of integers and exact. b may be y. Slices that are too short panic.
func (s *Set) Int8Product(y []float32, a *Pairs, step float32, w *Int8, b []float32) {
	if n := len(a.rows); n > 0 && 2*int(a.rows[n-1]) >= w.k {
		panic("kernel: product of 8 bits: more inputs than weights")
	}
	product := s.int8
	if product == nil {
		product = int8Go
	}
	product(y[:w.n], a.values, a.rows, step, w.w, w.steps, w.k*panel, b[:w.n], a.sum*128)
}

// int8Go is Int8Product: panels of 64 columns start ldp values apart, len(y) is
// a multiple of 64. The last argument is what the 128 in every lower byte adds to a sum, for
// kernels that take the sums of words.
func int8Go(y []float32, values, rows []int32, step float32, w []int8, steps []float32, ldp int, b []float32,
	_ int32) {
	for j := range y {
		at, turned := int8At(0, j, ldp)
		sum := int32(0)
		for i, v := range values {
			pair := w[at+int(rows[i])*2*panel:]
			sum += int32(int16(v))*int32(pair[0]^turned) + v>>16*int32(pair[2]^turned)
		}
		y[j] = b[j] + float32(sum)*(step*steps[j])
	}
}
