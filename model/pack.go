package model

import (
	"fmt"
	"slices"

	"github.com/stillmic/stillmic/model/internal/kernel"
	"github.com/stillmic/stillmic/model/internal/safetensors"
)

// linear is a fully connected layer: y = b + x w, with w as in x out (PyTorch
// has out x in). Columns up to stride are zero.
type linear struct {
	w, b    []float32
	in      int
	stride  int // outputs, rounded up to kernel.Lanes
	outputs int
	int16   *kernel.Int16 // w once more, or nil
	int8    *kernel.Int8  // the same
}

// norm is the gain and bias of a layer norm.
type norm struct{ gain, bias []float32 }

// gru is a gated recurrent unit, gates in the order r, z, n.
type gru struct {
	input     linear    // to all three gates
	recurrent []float32 // units x 3 units
	biasN     []float32 // of the candidate's recurrent part
	units     int

	// The recurrent weights once more, in two, or nil.
	gates16, candidate16 *kernel.Int16
	gates8, candidate8   *kernel.Int8
}

// block is a GRU over time and a mixing across positions and channels.
type block struct {
	normTime, normMix norm
	gru               gru
	positions         []float32 // positions x positions: output, input
	positionsBias     []float32 // positions x channels, each row one value
	mix               linear
}

// packed is all of the network in the layout of the kernels.
type packed struct {
	encoder1, encoder2 linear
	place              []float32
	blocks             []block
	squeeze            linear
	wide               gru
	expand, excite     linear
	speech, speechBias []float32 // of the wide GRU, one output
	decoder2, decoder1 linear    // two neighbouring outputs in a row, as detail and gain
	detail, gain       linear
	size               int // float32 values in all
}

// packer takes layers out of a file.
type packer struct{ *safetensors.Reader }

// pack builds the network of a shape. Every tensor of the file has to be used.
func pack(file *safetensors.File, s Shape) (packed, error) {
	p := packer{safetensors.NewReader(file)}
	c, flat := s.Channels, positions*s.Squeeze
	var n packed
	n.encoder1 = p.linear("encoder1.linear", kernel1*featureMaps, s.Conv)
	n.encoder2 = p.linear("encoder2.linear", kernel2*s.Conv, c)
	n.place = p.Take("place", positions, c)
	for i := range s.Blocks {
		n.blocks = append(n.blocks, p.block(fmt.Sprintf("blocks.%d", i), c))
	}
	n.squeeze = p.linear("squeeze", c, s.Squeeze)
	n.wide = p.gru("wide", flat, s.Wide)
	n.expand = p.linear("expand", s.Wide, flat)
	n.excite = p.linear("excite", s.Squeeze, c)
	n.speech, n.speechBias = p.Take("speech.weight", 1, s.Wide), p.Take("speech.bias", 1)
	n.decoder2 = p.pair(p.linear("decoder2.even", 2*c, s.Conv), p.linear("decoder2.odd", 2*c, s.Conv), c)
	n.decoder1 = p.pair(p.linear("decoder1.even", 2*s.Conv, s.Detail), p.linear("decoder1.odd", 2*s.Conv, s.Detail), s.Conv)
	detail, gain := p.linear("detail", featureMaps, s.Detail), p.linear("gain", 3*s.Detail, 2)
	n.detail, n.gain = p.pair(detail, detail, featureMaps), p.pair(gain, gain, s.Detail)
	n.size = p.Size
	if err := p.Finish(); err != nil {
		return packed{}, err
	}
	n.quantize()
	// decoder1 and detail are added: their biases become one.
	for j, v := range n.detail.b {
		n.decoder1.b[j] += v
	}
	return n, nil
}

// quantize packs as integers what takes long: in 16 bits what sees many rows, whose
// cost is multiplying, and in 8 bits what sees one, whose cost is fetching. Rounded
// to 6 bits the latter still cost no quality that scripts/eval sees.
func (n *packed) quantize() {
	n.encoder2.toInt16()
	for i := range n.blocks {
		b := &n.blocks[i]
		b.mix.toInt16()
		b.gru.input.toInt16()
		b.gru.gates16, b.gru.candidate16 = split(&b.gru, kernel.NewInt16)
	}
	n.wide.input.toInt8()
	n.wide.gates8, n.wide.candidate8 = split(&n.wide, kernel.NewInt8)
	n.expand.toInt8()
	n.decoder2.toInt16()
	n.decoder1.toInt16()
}

// split packs the recurrent weights: of both gates, and of the candidate.
func split[M any](g *gru, pack func(w []float32, ldw, k, n int) M) (gates, candidate M) {
	u := g.units
	return pack(g.recurrent, 3*u, u, 2*u), pack(g.recurrent[2*u:], 3*u, u, u)
}

func (l *linear) toInt16() { l.int16 = kernel.NewInt16(l.w, l.stride, l.in, l.stride) }

func (l *linear) toInt8() { l.int8 = kernel.NewInt8(l.w, l.stride, l.in, l.stride) }

// linear takes a layer's weight and bias.
func (p packer) linear(name string, in, out int) linear {
	weight := p.Take(name+".weight", out, in)
	bias := p.Take(name+".bias", out)
	if p.Err != nil {
		return linear{}
	}
	stride := (out + kernel.Lanes - 1) / kernel.Lanes * kernel.Lanes
	l := linear{w: make([]float32, in*stride), b: make([]float32, stride), in: in, stride: stride, outputs: out}
	copy(l.b, bias)
	for o := range out {
		for i := range in {
			l.w[i*stride+o] = weight[o*in+i]
		}
	}
	return l
}

// pair makes one layer of two neighbouring outputs of a convolution, the second of
// which sees the inputs from shift on. The zeros where an output does not look cost
// less than half a register that stays empty, and looking at the inputs twice.
func (p packer) pair(even, odd linear, shift int) linear {
	if p.Err != nil {
		return linear{}
	}
	l := linear{in: shift + odd.in, stride: even.stride + odd.stride, outputs: even.stride + odd.outputs}
	l.w, l.b = make([]float32, l.in*l.stride), slices.Concat(even.b, odd.b)
	for i := range even.in {
		copy(l.w[i*l.stride:], even.w[i*even.stride:][:even.stride])
	}
	for i := range odd.in {
		copy(l.w[(shift+i)*l.stride+even.stride:], odd.w[i*odd.stride:][:odd.stride])
	}
	return l
}

// gru takes a recurrent layer.
func (p packer) gru(name string, in, units int) gru {
	return gru{
		input:     p.linear(name+".input", in, 3*units),
		recurrent: p.Take(name+".recurrent", units, 3*units),
		biasN:     p.Take(name+".bias_n", units),
		units:     units,
	}
}

// block takes a block of c channels.
func (p packer) block(name string, c int) block {
	b := block{
		normTime:      norm{p.Take(name+".norm_time.weight", c), p.Take(name+".norm_time.bias", c)},
		gru:           p.gru(name+".gru", c, c),
		normMix:       norm{p.Take(name+".norm_mix.weight", c), p.Take(name+".norm_mix.bias", c)},
		positions:     p.Take(name+".positions.weight", positions, positions),
		positionsBias: make([]float32, positions*c),
		mix:           p.linear(name+".mix", c, c),
	}
	for q, v := range p.Take(name+".positions.bias", positions) {
		for i := range c {
			b.positionsBias[q*c+i] = v
		}
	}
	return b
}
