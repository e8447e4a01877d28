package model

import (
	"slices"

	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model/internal/kernel"
)

// network runs one hop at a time. Activations are positions x channels with
// rows of zeros around where a convolution looks over the edge.
type network struct {
	*packed
	shape   Shape
	kernels *kernel.Set

	features []float32   // 2+128+2 rows: the input, written by features
	half     []float32   // 1+64+1 rows: after the first convolution
	x        []float32   // 1+32+1 rows: through the blocks
	y        []float32   // 32 rows: after a norm
	mixed    []float32   // 32 rows
	gates    []float32   // 32 rows of three gates, or one of the wide GRU's
	turned   []float32   // the candidate's recurrent part
	narrow   [][]float32 // the blocks' states, 32 rows each
	wide     []float32   // the wide GRU's state
	flat     []float32   // 32 rows of squeezed channels
	up2      []float32   // 1+64+1 rows: after decoder2
	up1      []float32   // 1+128+1 rows: after decoder1
	out      []float32   // 64 rows of two bands' Lanes values each, two of which count

	integer []int16      // inputs of the layers in integers
	pairs   kernel.Pairs // the same, of one row

	gain   [dsp.Bands]float32
	phase  [dsp.LinearBands]float32
	speech [1]float32
}

// newNetwork allocates everything that one stream needs.
func newNetwork(l *light, k *kernel.Set) *network {
	s := l.shape
	n := &network{packed: &l.packed, shape: s, kernels: k}
	c, unit := s.Channels, max(positions*s.Channels, s.Wide)
	n.features = make([]float32, (2+dsp.Bands+2)*featureMaps)
	n.half = make([]float32, (1+halfway+1)*s.Conv)
	n.x = make([]float32, (1+positions+1)*c)
	n.y = make([]float32, positions*c)
	n.mixed = make([]float32, positions*c)
	n.gates = make([]float32, 3*unit)
	n.turned = make([]float32, unit)
	for range s.Blocks {
		n.narrow = append(n.narrow, make([]float32, positions*c))
	}
	n.wide = make([]float32, s.Wide)
	n.flat = make([]float32, positions*s.Squeeze)
	n.integer = make([]int16, max((1+halfway+1)*s.Conv, (1+positions+1)*c, len(n.flat), s.Wide))
	n.pairs = kernel.NewPairs(max(len(n.flat), s.Wide))
	n.up2 = make([]float32, (1+halfway+1)*s.Conv)
	n.up1 = make([]float32, (1+dsp.Bands+1)*s.Detail)
	n.out = make([]float32, halfway*n.packed.gain.stride)
	return n
}

// reset forgets the past.
func (n *network) reset() {
	for _, state := range n.narrow {
		clear(state)
	}
	clear(n.wide)
}

// bytes is the memory of the buffers and states.
func (n *network) bytes() int {
	count := len(n.gain) + len(n.phase)
	for _, b := range [][]float32{
		n.features, n.half, n.x, n.y, n.mixed, n.gates, n.turned, n.wide, n.flat, n.up2, n.up1, n.out,
	} {
		count += len(b)
	}
	for _, b := range n.narrow {
		count += len(b)
	}
	return 4*count + 2*len(n.integer)
}

// input is where the maps go: Bands rows of six values.
func (n *network) input() []float32 { return n.features[2*featureMaps:][:dsp.Bands*featureMaps] }

// apply is y = b + a w for rows of a (stride lda) to rows of y (stride ldy).
func (n *network) apply(l *linear, y []float32, ldy int, a []float32, lda, rows int) {
	if l.int16 == nil || !n.kernels.HasIntegers() {
		n.kernels.Product(y, ldy, a, lda, l.w, l.stride, l.b, 0, rows, l.in, l.stride)
		return
	}
	step := n.kernels.Quantize(n.integer, a[:(rows-1)*lda+l.in])
	n.kernels.Int16Product(y, ldy, n.integer, lda, step, l.int16, l.b, 0, rows)
}

// accumulate is y += a w; the bias is left out.
func (n *network) accumulate(l *linear, y []float32, ldy int, a []float32, lda, rows int) {
	n.kernels.Product(y, ldy, a, lda, l.w, l.stride, y, ldy, rows, l.in, l.stride)
}

// encode runs the two convolutions over the bands, stride 2 each.
func (n *network) encode() {
	s := n.shape
	half := n.half[s.Conv:][:halfway*s.Conv]
	n.apply(&n.encoder1, half, s.Conv, n.features, 2*featureMaps, halfway)
	n.kernels.Relu(half)
	x := n.rows()
	n.apply(&n.encoder2, x, s.Channels, n.half, 2*s.Conv, positions)
	n.kernels.Relu(x)
	n.kernels.Add(x, n.place)
}

// rows is x without its padding.
func (n *network) rows() []float32 {
	return n.x[n.shape.Channels:][:positions*n.shape.Channels]
}

// runBlocks runs the blocks and, after the first, the wide GRU.
func (n *network) runBlocks() {
	for i := range n.blocks {
		n.overTime(&n.blocks[i], n.narrow[i])
		n.overFrequency(&n.blocks[i])
		if i == 0 {
			n.globalGRU()
		}
	}
}

// overTime is a block's GRU, shared by all positions: x += GRU(norm(x)).
func (n *network) overTime(b *block, state []float32) {
	c, x := n.shape.Channels, n.rows()
	n.kernels.Norm(n.y, x, b.normTime.gain, b.normTime.bias, positions, c)
	n.step(&b.gru, state, n.y, positions)
	n.kernels.Add(x, state)
}

// step runs a GRU on rows of inputs and states.
func (n *network) step(g *gru, h, x []float32, rows int) {
	u, k := g.units, n.kernels
	n.apply(&g.input, n.gates, 3*u, x, g.input.in, rows)
	// Reset and update gates add up; the candidate's two parts stay apart.
	if g.gates16 == nil || !k.HasIntegers() {
		k.Product(n.gates, 3*u, h, u, g.recurrent, 3*u, n.gates, 3*u, rows, u, 2*u)
		k.Product(n.turned, u, h, u, g.recurrent[2*u:], 3*u, g.biasN, 0, rows, u, u)
	} else {
		step := k.Quantize(n.integer, h)
		k.Int16Product(n.gates, 3*u, n.integer, u, step, g.gates16, n.gates, 3*u, rows)
		k.Int16Product(n.turned, u, n.integer, u, step, g.candidate16, g.biasN, 0, rows)
	}
	k.GRU(h, n.gates, n.turned, rows, u)
}

// stepWide is step for one row, with weights of 8 bits where there are any.
func (n *network) stepWide(g *gru) {
	if g.input.int8 == nil || g.gates8 == nil || g.candidate8 == nil || !n.kernels.HasIntegers() {
		n.step(g, n.wide, n.flat, 1)
		return
	}
	k := n.kernels
	n.applyWide(&g.input, n.gates, n.flat)
	step := n.list(n.wide)
	k.Int8Product(n.gates, &n.pairs, step, g.gates8, n.gates)
	k.Int8Product(n.turned, &n.pairs, step, g.candidate8, g.biasN)
	k.GRU(n.wide, n.gates, n.turned, 1, g.units)
}

// applyWide is apply for one row, with weights of 8 bits where there are any.
func (n *network) applyWide(l *linear, y, a []float32) {
	if l.int8 == nil || !n.kernels.HasIntegers() {
		n.apply(l, y, l.stride, a, l.in, 1)
		return
	}
	step := n.list(a)
	n.kernels.Int8Product(y, &n.pairs, step, l.int8, l.b)
}

// list rounds one row of inputs to steps, lists them and returns the step.
func (n *network) list(a []float32) (step float32) {
	step = n.kernels.Quantize(n.integer, a)
	n.pairs.Set(n.integer[:len(a)])
	return step
}

// overFrequency mixes across positions and then channels:
// x += mix(relu(positions(norm(x)))).
func (n *network) overFrequency(b *block) {
	c, x, k := n.shape.Channels, n.rows(), n.kernels
	k.Norm(n.y, x, b.normMix.gain, b.normMix.bias, positions, c)
	k.Product(n.mixed, c, b.positions, positions, n.y, c, b.positionsBias, c, positions, positions, c)
	k.Relu(n.mixed)
	n.apply(&b.mix, n.y, c, n.mixed, c, positions)
	k.Add(x, n.y)
}

// globalGRU is the wide GRU, which sees all positions at once through a few
// channels each, and what it says back to them.
func (n *network) globalGRU() {
	s, x, k := n.shape, n.rows(), n.kernels
	n.apply(&n.squeeze, n.flat, s.Squeeze, x, s.Channels, positions)
	k.Relu(n.flat)
	n.stepWide(&n.packed.wide)
	n.applyWide(&n.expand, n.flat, n.wide)
	k.Relu(n.flat)
	n.apply(&n.excite, n.y, s.Channels, n.flat, s.Squeeze, positions)
	k.Add(x, n.y)
	n.speech[0] = n.speechBias[0]
	for i, h := range n.wide {
		n.speech[0] += h * n.packed.speech[i]
	}
	k.Sigmoid(n.speech[:])
}

// decode goes back up to the bands, with what the encoder saw, and ends in the
// gains and turns.
func (n *network) decode() {
	s, k := n.shape, n.kernels
	up2 := n.up2[s.Conv:][:halfway*s.Conv]
	// Output 2p sees the positions p-1 and p, output 2p+1 sees p and p+1.
	n.apply(&n.decoder2, up2, 2*s.Conv, n.x, s.Channels, positions)
	k.AddRelu(up2, n.half[s.Conv:])
	up1 := n.up1[s.Detail:][:dsp.Bands*s.Detail]
	n.apply(&n.decoder1, up1, 2*s.Detail, n.up2, s.Conv, halfway)
	// The maps themselves come in once more, with their bias in decoder1's.
	n.accumulate(&n.detail, up1, 2*s.Detail, n.input(), 2*featureMaps, halfway)
	k.Relu(up1)
	gain := &n.packed.gain
	n.apply(gain, n.out, gain.stride, n.up1, 2*s.Detail, halfway)
	for b := range n.gain {
		n.gain[b] = n.out[b*gain.stride/2]
	}
	for b := range n.phase {
		n.phase[b] = n.out[b*gain.stride/2+1]
	}
	k.Sigmoid(n.gain[:])
	k.Tanh(n.phase[:])
	n.limitHighBand()
}

// limitHighBand keeps the bands above 16 kHz from being let through further than any
// from 8 to 16 kHz is. Many voices that the network learned from end there, so it
// was not told what to do above, and gave way in pauses; a voice that reaches so
// far is loud below.
func (n *network) limitHighBand() {
	most := float32(0)
	for _, g := range n.gain[over8k:over16k] {
		most = max(most, g)
	}
	top := n.gain[over16k:]
	for i, g := range top {
		top[i] = min(g, most)
	}
}

// The first bands that begin at 8 and at 16 kHz or above.
var over8k, over16k = bandFrom(8000), bandFrom(16000)

// bandFrom is the first band that begins at hz or above.
func bandFrom(hz int) int {
	edges := dsp.BandEdges()
	return slices.IndexFunc(edges[:], func(bin int) bool { return bin*dsp.BinHz >= hz })
}
