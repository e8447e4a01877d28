package deepfilter

import "github.com/stillmic/stillmic/model/internal/kernel"

// plane is a map of rows (bands or bins) of channels, between a row of zeros at either
// end, where a convolution looks over the edge.
type plane struct{ all []float32 }

func newPlane(rows, channels int) plane { return plane{make([]float32, (1+rows+1)*channels)} }

// rows is the map without the zeros around it.
func (p plane) rows(channels int) []float32 { return p.all[channels : len(p.all)-channels] }

// matrix has in x out weights of a layer that sees one row: floats, or 8 bits where those
// are quicker.
type matrix struct {
	in, out int
	float   []float32
	int8    *kernel.Int8
}

// vector multiplies one row of inputs by matrices.
type vector struct {
	kernels *kernel.Set
	x       []float32
	rounded []int16 // x in steps, for weights of 8 bits
	step    float32
	pairs   kernel.Pairs
	done    bool // rounded is x
}

func newVector(k *kernel.Set, longest int) vector {
	return vector{kernels: k, rounded: make([]int16, longest), pairs: kernel.NewPairs(longest)}
}

// set makes x the inputs of the products that follow.
func (v *vector) set(x []float32) { v.x, v.done = x, false }

// product is y = b + x m; b may be y.
func (v *vector) product(y []float32, m *matrix, b []float32) {
	if m.int8 == nil {
		v.kernels.Product(y, m.out, v.x, m.in, m.float, m.out, b, m.out, 1, m.in, m.out)
		return
	}
	if !v.done {
		v.step, v.done = v.kernels.Quantize(v.rounded, v.x), true
		v.pairs.Set(v.rounded[:len(v.x)])
	}
	v.kernels.Int8Product(y, &v.pairs, v.step, m.int8, b)
}

// dense is a layer of rows, y = b + x w, with w as in x out. Columns up to stride are
// zero.
type dense struct {
	w, b   []float32
	in     int
	stride int // outputs, rounded up to kernel.Lanes
}

// apply writes so many rows of stride values to y; rows of x lie lda apart and may
// overlap.
func (d *dense) apply(k *kernel.Set, y, x []float32, lda, rows int) {
	k.Product(y, d.stride, x, lda, d.w, d.stride, d.b, 0, rows, d.in, d.stride)
}

// convolution is a depthwise convolution over three rows, a pointwise one and ReLU.
type convolution struct {
	taps      []float32 // 3 x channels: of the row before, the row and the one after
	pointwise dense
	stride    int // of the rows: 1 or 2

	// The taps of a transposed convolution of stride 2: of the rows 2i, which see row i,
	// and of the rows 2i+1, which see i and i+1.
	even, odd []float32
}

// apply makes rows of y from x; between is memory for as many rows.
func (c *convolution) apply(k *kernel.Set, y []float32, x plane, between []float32) {
	rows := len(y) / Channels
	k.Depthwise(between, Channels, x.all, c.stride*Channels, c.taps, rows, 3, Channels)
	c.finish(k, y, between, rows)
}

// transposed makes twice as many rows of y as x has.
func (c *convolution) transposed(k *kernel.Set, y []float32, x plane, between []float32) {
	rows, from := len(y)/Channels, x.all[Channels:]
	k.Depthwise(between, 2*Channels, from, Channels, c.even, rows/2, 1, Channels)
	k.Depthwise(between[Channels:], 2*Channels, from, Channels, c.odd, rows/2, 2, Channels)
	c.finish(k, y, between, rows)
}

func (c *convolution) finish(k *kernel.Set, y, between []float32, rows int) {
	c.pointwise.apply(k, y, between, Channels, rows)
	k.Relu(y)
}

// path is what a decoder's step hears of the encoder's map: y += relu(w x + b), each
// channel by itself.
type path struct{ w, b []float32 }

// grouped is a linear layer without bias whose inputs and outputs fall in groups.
type grouped struct {
	w           []float32 // groups x in x stride
	groups, in  int
	out, stride int // of a group; columns up to stride are zero
}

// apply is y = x w, the groups' outputs a stride apart.
func (g *grouped) apply(k *kernel.Set, y, x []float32) { g.from(k, y, x, zeros[:], 0) }

// accumulate is y += x w.
func (g *grouped) accumulate(k *kernel.Set, y, x []float32) { g.from(k, y, x, y, g.stride) }

func (g *grouped) from(k *kernel.Set, y, x, b []float32, step int) {
	for i := range g.groups {
		k.Product(y[i*g.stride:], g.stride, x[i*g.in:], g.in, g.w[i*g.in*g.stride:], g.stride, b[i*step:], 0, 1, g.in, g.stride)
	}
}

// zeros is where a layer without bias starts from.
var zeros [64]float32

// gru is a gated recurrent unit as PyTorch has it, gates in the order r, z, n. The
// candidate's two parts stay apart: r multiplies the recurrent one.
type gru struct {
	input            matrix // to all three gates
	gates, candidate matrix // of the state, to r and z and to n
	bias             []float32
	biasN            []float32 // of the candidate's recurrent part
}

// cell is a gru's state and what it needs for a step.
type cell struct {
	h     []float32
	sums  []float32 // of the three gates
	other []float32 // the candidate's recurrent part
}

func newCell() cell {
	return cell{h: make([]float32, Units), sums: make([]float32, 3*Units), other: make([]float32, Units)}
}

func (c *cell) reset() { clear(c.h) }

// step hears x and moves the state, which it returns.
func (g *gru) step(v *vector, c *cell, x []float32) []float32 {
	v.set(x)
	v.product(c.sums, &g.input, g.bias)
	v.set(c.h)
	v.product(c.sums[:2*Units], &g.gates, c.sums[:2*Units])
	v.product(c.other, &g.candidate, g.biasN)
	v.kernels.GRU(c.h, c.sums, c.other, 1, Units)
	return c.h
}
