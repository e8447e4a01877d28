package deepfilter

import "github.com/stillmic/stillmic/model/internal/kernel"

// plane is a map of rows (bands or bins) of channels, between a row of zeros at either
// end, where a convolution looks over the edge.
type plane struct{ all []float32 }

func newPlane(rows, channels int) plane {
	n := (1 + rows + 1) * channels
	return plane{make([]float32, n, wholeLanes(n))}
}

// rows is the map without the zeros around it.
func (p plane) rows(channels int) []float32 { return p.all[channels : len(p.all)-channels] }

// wholeLanes is n rounded up to whole registers.
func wholeLanes(n int) int { return (n + kernel.Lanes - 1) / kernel.Lanes * kernel.Lanes }

// worker has the kernels of a stream and memory for inputs in integers.
type worker struct {
	*kernel.Set
	rounded []int16
	pairs   kernel.Pairs
}

func newWorker(k *kernel.Set) *worker {
	return &worker{Set: k, rounded: make([]int16, wholeLanes((1+Low+1)*Channels)), pairs: kernel.NewPairs(Units)}
}

// round makes x integers, up to whole registers, and returns what 1 stands for.
func (k *worker) round(x []float32) (rounded []int16, step float32) {
	x = x[:wholeLanes(len(x))]
	step = k.Quantize(k.rounded, x)
	return k.rounded[:len(x)], step
}

// matrix has in x out weights of a layer that sees one row: floats, or 8 bits where those
// are quicker.
type matrix struct {
	in, out int
	float   []float32
	int8    *kernel.Int8
}

// product is y = b + x m; b may be y. listed says that x was listed for the product before.
func (m *matrix) product(k *worker, y, x, b []float32, listed *float32) {
	if m.float != nil {
		k.Product(y, m.out, x, m.in, m.float, m.out, b, m.out, 1, m.in, m.out)
		return
	}
	if *listed < 0 {
		var rounded []int16
		rounded, *listed = k.round(x)
		k.pairs.Set(rounded)
	}
	k.Int8Product(y, &k.pairs, *listed, m.int8, b)
}

// dense is a layer of rows, y = b + x w, with w as in x out: floats, or integers of 16 bits
// where those are quicker. Columns up to stride are zero.
type dense struct {
	w, b   []float32
	int16  *kernel.Int16
	in     int
	stride int // outputs, rounded up to kernel.Lanes
}

// apply writes so many rows of stride values to y; rows of x lie lda apart and may
// overlap.
func (d *dense) apply(k *worker, y, x []float32, lda, rows int) {
	if d.int16 == nil {
		k.Product(y, d.stride, x, lda, d.w, d.stride, d.b, 0, rows, d.in, d.stride)
		return
	}
	rounded, step := k.round(x[:(rows-1)*lda+d.in])
	k.Int16Product(y, d.stride, rounded, lda, step, d.int16, d.b, 0, rows)
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
func (c *convolution) apply(k *worker, y []float32, x plane, between []float32) {
	rows := len(y) / Channels
	k.Depthwise(between, Channels, x.all, c.stride*Channels, c.taps, rows, 3, Channels)
	c.finish(k, y, between, rows)
}

// transposed makes twice as many rows of y as x has.
func (c *convolution) transposed(k *worker, y []float32, x plane, between []float32) {
	rows, from := len(y)/Channels, x.all[Channels:]
	k.Depthwise(between, 2*Channels, from, Channels, c.even, rows/2, 1, Channels)
	k.Depthwise(between[Channels:], 2*Channels, from, Channels, c.odd, rows/2, 2, Channels)
	c.finish(k, y, between, rows)
}

func (c *convolution) finish(k *worker, y, between []float32, rows int) {
	c.pointwise.apply(k, y, between, Channels, rows)
	k.Relu(y)
}

// path is what a decoder's step hears of the encoder's map: y += relu(w x + b), each
// channel by itself.
type path struct{ w, b []float32 }

// grouped is a linear layer without bias whose inputs and outputs fall in groups, in floats
// or in 8 bits.
type grouped struct {
	w           []float32 // groups x in x stride
	int8        *kernel.Groups
	groups, in  int
	out, stride int // of a group; columns up to stride are zero
}

// apply is y = x w, the groups' outputs a stride apart.
func (g *grouped) apply(k *worker, y, x []float32) {
	if g.int8 != nil {
		rounded, step := k.round(x)
		k.GroupsProduct(y, rounded, step, g.int8)
		return
	}
	for i := range g.groups {
		k.Product(y[i*g.stride:], g.stride, x[i*g.in:], g.in, g.w[i*g.in*g.stride:], g.stride, zeros[:], 0, 1, g.in, g.stride)
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
func (g *gru) step(k *worker, c *cell, x []float32) []float32 {
	listed := float32(-1)
	g.input.product(k, c.sums, x, g.bias, &listed)
	listed = -1
	g.gates.product(k, c.sums[:2*Units], c.h, c.sums[:2*Units], &listed)
	g.candidate.product(k, c.other, c.h, g.biasN, &listed)
	k.GRU(c.h, c.sums, c.other, 1, Units)
	return c.h
}
