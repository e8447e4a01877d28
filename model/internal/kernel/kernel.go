// Package kernel has the inner loops of the network. Every loop exists once in
// readable, portable Go (portable.go) and, where the processor offers vectors,
// once more in assembly of the same meaning; a Set is one such family.
//
// All matrices are row-major float32 with a row stride ("ld", in elements), so
// that a convolution is a product on overlapping rows.
package kernel

import (
	"fmt"
	"slices"
	"strings"
)

// Lanes is what channel counts have to be a multiple of: eight float32 fill
// one 256-bit register.
const Lanes = 8

// Set is one implementation of all kernels. The zero value is unusable; take
// one from Best or Named. A Set has no state and may be shared.
type Set struct {
	// Name is what Named and the bench command call it: "go", "avx2",
	// "avx512" or "neon".
	Name string

	product func(y []float32, ldy int, a []float32, lda int, w []float32, ldw int, b []float32, ldb int, rows, k, n int)
	// nil: Product is quicker
	int16 func(y []float32, ldy int, a []int16, lda int, step float32, w []int16, steps, b []float32, ldb, rows, k, n int)
	// nil: the portable one
	int8     func(y []float32, values, rows []int32, step float32, w []int8, steps []float32, ldp int, b []float32, turned int32)
	quantize func(q []int16, x []float32) float32
	norm     func(y, x, gain, bias []float32, rows, c int)
	gru      func(h, g, q []float32, rows, c int)
	add      func(y, x []float32) int
	relu     func(y []float32) int
	addRelu  func(y, x []float32) int
	sigmoid  func(y []float32) int
	tanh     func(y []float32) int
	log10    func(y []float32) int
	cross    func(re, im, size, a, b, c, d []float32) int
	splitter func(re, im []float32, spec []complex64) int
	wake     func() // nil: nothing sleeps

	depthwise     func(y []float32, ldy int, x []float32, ldx int, w []float32, rows, taps, n int) // nil: the portable one
	addScaledRelu func(y, x, w, b []float32)                                                       // the same
	groups        func(y []float32, a []int16, step float32, w []int8, steps []float32, k, n int)  // the same
}

// sets are the implementations this processor can run, slowest first.
var sets = append([]*Set{&portable}, native()...)

// Best returns the fastest Set for this processor.
func Best() *Set { return sets[len(sets)-1] }

// Names returns the names of the sets this processor can run, slowest first.
func Names() []string {
	names := make([]string, len(sets))
	for i, s := range sets {
		names[i] = s.Name
	}
	return names
}

// Named returns the Set of that name, or an error that says which there are.
func Named(name string) (*Set, error) {
	i := slices.IndexFunc(sets, func(s *Set) bool { return s.Name == name })
	if i < 0 {
		return nil, fmt.Errorf("kernel %q is unknown or not for this processor: use %s", name, strings.Join(Names(), ", "))
	}
	return sets[i], nil
}

// Wake makes the processor switch its widest units on, if those are used. It switches
// them off after a pause of about 1 ms, and works at a fraction of its speed until they
// are on again; asked for at once they are sooner than in steps, at the first
// instruction of 256 bits and then at that of 512.
func (s *Set) Wake() {
	if s.wake != nil {
		s.wake()
	}
}

// Product is a matrix product that starts from b:
//
//	y[r*ldy+j] = b[r*ldb+j] + sum over i<k of a[r*lda+i] * w[i*ldw+j]
//
// for r < rows and j < n. n has to be a multiple of Lanes. b may be y itself
// (with ldb == ldy: the product is added), and ldb may be 0 (a bias row). y must
// not overlap a and w. Slices that are too short panic.
func (s *Set) Product(y []float32, ldy int, a []float32, lda int, w []float32, ldw int, b []float32, ldb int, rows, k, n int) {
	if rows <= 0 || n <= 0 {
		return
	}
	if n%Lanes != 0 {
		panic("kernel: product: width is no multiple of 8")
	}
	_, _ = y[(rows-1)*ldy+n-1], b[(rows-1)*ldb+n-1]
	if k > 0 {
		_, _ = a[(rows-1)*lda+k-1], w[(k-1)*ldw+n-1]
	}
	s.product(y, ldy, a, lda, w, ldw, b, ldb, rows, k, n)
}

// normFloor keeps Norm from dividing by zero; PyTorch's LayerNorm has the same.
const normFloor = 1e-5

// Norm is a layer norm of each of the rows of c values:
//
//	y[i] = (x[i]-mean) / sqrt(variance+1e-5) * gain[i] + bias[i]
//
// c has to be a multiple of Lanes. y may be x.
func (s *Set) Norm(y, x, gain, bias []float32, rows, c int) {
	if c%Lanes != 0 || c == 0 {
		panic("kernel: norm: width is no multiple of 8")
	}
	s.norm(y[:rows*c], x[:rows*c], gain[:c], bias[:c], rows, c)
}

// GRU takes the gates of a gated recurrent unit and steps its state h (rows x c):
//
//	r = sigmoid(g[i]), z = sigmoid(g[c+i]), n = tanh(g[2c+i] + r*q[i])
//	h[i] = n + z*(h[i]-n)
//
// where each row of g (rows x 3c) has the reset and update gates' sums and the
// candidate's input part, and q (rows x c) the candidate's recurrent part. c has
// to be a multiple of Lanes. States below 1e-20 become 0: the processor is
// a hundred times slower on denormal numbers.
func (s *Set) GRU(h, g, q []float32, rows, c int) {
	if c%Lanes != 0 || c == 0 {
		panic("kernel: gru: width is no multiple of 8")
	}
	s.gru(h[:rows*c], g[:rows*3*c], q[:rows*c], rows, c)
}

// The loops over plain slices below run as far as whole vectors go in s and
// leave the rest to the portable twin.

// Add is y[i] += x[i].
func (s *Set) Add(y, x []float32) {
	x = x[:len(y)]
	i := s.add(y, x)
	addGo(y[i:], x[i:])
}

// Relu is y[i] = max(y[i], 0).
func (s *Set) Relu(y []float32) { reluGo(y[s.relu(y):]) }

// AddRelu is y[i] = max(y[i]+x[i], 0).
func (s *Set) AddRelu(y, x []float32) {
	x = x[:len(y)]
	i := s.addRelu(y, x)
	addReluGo(y[i:], x[i:])
}

// Sigmoid is y[i] = 1/(1+exp(-y[i])), to 2e-7. Arguments beyond +-30 count as
// +-30.
func (s *Set) Sigmoid(y []float32) { sigmoidGo(y[s.sigmoid(y):]) }

// Tanh is y[i] = tanh(y[i]), to 4e-7.
func (s *Set) Tanh(y []float32) { tanhGo(y[s.tanh(y):]) }

// Log10 is y[i] = log10(y[i]) for positive, finite, normal numbers, to 3e-7
// of the larger of the logarithm and 1.
func (s *Set) Log10(y []float32) { log10Go(y[s.log10(y):]) }

// Cross multiplies a+ib by the conjugate of c+id:
//
//	re = a*c + b*d, im = b*c - a*d, size = sqrt(re*re + im*im)
//
// All slices are as long as re.
func (s *Set) Cross(re, im, size, a, b, c, d []float32) {
	n := len(re)
	im, size, a, b, c, d = im[:n], size[:n], a[:n], b[:n], c[:n], d[:n]
	i := s.cross(re, im, size, a, b, c, d)
	crossGo(re[i:], im[i:], size[i:], a[i:], b[i:], c[i:], d[i:])
}

// Split takes complex numbers apart. Parts below Tiny become zero.
func (s *Set) Split(re, im []float32, spec []complex64) {
	re, im = re[:len(spec)], im[:len(spec)]
	i := s.splitter(re, im, spec)
	splitGo(re[i:], im[i:], spec[i:])
}

// Tiny is where Split starts: a fourth power of less would be a denormal number,
// on which processors are slow. A full-scale tone has a spectrum of 300.
const Tiny = 1e-9
