package deepfilter

import (
	"fmt"
	"strconv"

	"github.com/stillmic/stillmic/model/internal/kernel"
	"github.com/stillmic/stillmic/model/internal/safetensors"
)

// The sizes of DeepFilterNet3.
const (
	Low       = 96  // bins that the filter is for: up to 4.8 kHz
	Taps      = 5   // frames that it sees
	Channels  = 64  // of all maps
	Units     = 256 // of each GRU
	Embedding = 512 // what the encoder hands to the decoders

	frames       = 3  // that a 3x3 convolution sees
	outputGroups = 16 // of the filter decoder's last layer, each of six bins
	outputStride = 64 // their 60 values, in whole registers

	groupColumns = 2 * kernel.Lanes // what a group's outputs are rounded up to

	// lsnrLow and lsnrHigh are the ends of what the encoder says of the local SNR, in dB.
	lsnrLow, lsnrHigh = -15, 35

	// MaxLookahead is how many frames a network may hear ahead: the filter's taps reach
	// from the frame that many ahead to four frames before it.
	MaxLookahead = 2
)

// Weights is a network of this kind, packed for the kernels. It never changes.
type Weights struct {
	lookahead int
	encoder   encoder
	erb       erbDecoder
	df        dfDecoder
	size      int
}

// Lookahead returns how many frames the network hears before it answers for one.
func (w *Weights) Lookahead() int { return w.lookahead }

// Precision says which weights are packed as integers.
type Precision int

const (
	// Floats are the weights as they are.
	Floats Precision = iota

	// Int8 rounds those of the GRUs, which make nine tenths of the network, to 8 bits, of the
	// encoder's to twice 8: a third of the memory, and of the time where that goes into
	// fetching them.
	Int8

	// Integers rounds those of the grouped layers to 8 bits, too, and those of the
	// convolutions to 16.
	Integers
)

// Best returns the precision that is quickest with some kernels.
func Best(k *kernel.Set) Precision {
	switch {
	case k.HasIntegers():
		return Integers
	case k.HasInt8():
		return Int8
	}
	return Floats
}

// Parse reads a network out of its file.
func Parse(file *safetensors.File, p Precision) (*Weights, error) {
	text := file.Meta["lookahead"]
	lookahead, err := strconv.Atoi(text)
	if err != nil || lookahead < 0 || lookahead > MaxLookahead {
		return nil, fmt.Errorf("metadata \"lookahead\" is %.20q, must be 0 to %d", text, MaxLookahead)
	}
	r := &reader{Reader: safetensors.NewReader(file), precision: p}
	w := &Weights{lookahead: lookahead, encoder: r.encoder(), erb: r.erbDecoder(), df: r.dfDecoder()}
	w.size = r.Size
	return w, r.Finish()
}

// reader takes layers out of a file.
type reader struct {
	*safetensors.Reader
	precision Precision
	fine      bool // twice 8 bits are wanted where there would be 8
}

func (r *reader) encoder() encoder {
	return encoder{
		erb0: r.firstERB("encoder.erb0"),
		erb: [3]convolution{
			r.convolution("encoder.erb1", 2), r.convolution("encoder.erb2", 2), r.convolution("encoder.erb3", 1),
		},
		df0:      r.firstDF("encoder.df0"),
		df1:      r.convolution("encoder.df1", 2),
		dfEmbed:  r.grouped("encoder.df_embed", 32, Low/2*Channels, Embedding),
		embedIn:  r.grouped("encoder.embed_in", 16, Embedding, Units),
		gru:      r.fineGRU("encoder.gru"),
		embedOut: r.grouped("encoder.embed_out", 16, Units, Embedding),
		lsnr:     dense{w: r.Take("encoder.lsnr.weight", 1, Embedding), b: r.bias("encoder.lsnr", 1), in: Embedding, stride: 1},
	}
}

func (r *reader) erbDecoder() erbDecoder {
	d := erbDecoder{
		embedIn:  r.grouped("erb_decoder.embed_in", 16, Embedding, Units),
		gru:      [2]gru{r.gru("erb_decoder.gru0"), r.gru("erb_decoder.gru1")},
		embedOut: r.grouped("erb_decoder.embed_out", 16, Units, Embedding),
		conv3:    r.convolution("erb_decoder.conv3", 1),
		conv2:    r.transposed("erb_decoder.conv2"),
		conv1:    r.transposed("erb_decoder.conv1"),
		conv0:    r.bands("erb_decoder.conv0"),
	}
	for i := range d.path {
		name := fmt.Sprintf("erb_decoder.path%d", i)
		d.path[i] = path{r.Take(name+".weight", Channels, 1, 1, 1), r.bias(name, Channels)}
	}
	return d
}

func (r *reader) dfDecoder() dfDecoder {
	d := dfDecoder{
		embedIn: r.grouped("df_decoder.embed_in", 8, Embedding, Units),
		gru:     [2]gru{r.gru("df_decoder.gru0"), r.gru("df_decoder.gru1")},
		skip:    r.grouped("df_decoder.skip", 16, Embedding, Units),
		output:  r.grouped("df_decoder.output", outputGroups, Units, Low*2*Taps),
		bias:    make([]float32, tapsStride),
	}
	r.path(&d, "df_decoder.path")
	return d
}

// bias takes a layer's bias.
func (r *reader) bias(name string, n int) []float32 { return r.Take(name+".bias", n) }

// firstERB takes the convolution of 3 bands x 3 frames: the inputs of a row lie band by
// band, each with its frames.
func (r *reader) firstERB(name string) dense {
	w := r.Take(name+".weight", Channels, 1, frames, 3)
	d := dense{w: make([]float32, 3*frames*Channels), b: r.bias(name, Channels), in: 3 * frames, stride: Channels}
	if r.Err != nil {
		return d
	}
	for o := range Channels {
		for t := range frames {
			for b := range 3 {
				d.w[(b*frames+t)*Channels+o] = w[(o*frames+t)*3+b]
			}
		}
	}
	return d
}

// firstDF takes the grouped convolution of 3 bins x 3 frames, whose first half of the
// channels hears the real parts and the second the imaginary ones, and the pointwise
// convolution behind it, and makes one of both: nothing bends between them.
func (r *reader) firstDF(name string) dense {
	w := r.Take(name+".depthwise.weight", Channels, 1, frames, 3)
	point := r.Take(name+".pointwise.weight", Channels, Channels, 1, 1)
	d := dense{w: make([]float32, 3*frames*2*Channels), b: r.bias(name+".pointwise", Channels), in: 3 * frames * 2,
		stride: Channels}
	if r.Err != nil {
		return d
	}
	for m := range Channels {
		part := m / (Channels / 2)
		for t := range frames {
			for b := range 3 {
				row := d.w[((b*frames+t)*2+part)*Channels:][:Channels]
				for o := range row {
					row[o] += point[o*Channels+m] * w[(m*frames+t)*3+b]
				}
			}
		}
	}
	return r.rounded(d)
}

// rounded makes the weights integers where those are asked for.
func (r *reader) rounded(d dense) dense {
	if r.precision == Integers && r.Err == nil {
		d.int16, d.w = kernel.NewInt16(d.w, d.stride, d.in, d.stride), nil
	}
	return d
}

// bands takes the convolution of 3 bands of all channels to one output.
func (r *reader) bands(name string) dense {
	w, b := r.Take(name+".weight", 1, Channels, 1, 3), r.bias(name, 1)
	d := dense{w: make([]float32, 3*Channels*kernel.Lanes), b: make([]float32, kernel.Lanes), in: 3 * Channels,
		stride: kernel.Lanes}
	if r.Err != nil {
		return d
	}
	d.b[0] = b[0]
	for c := range Channels {
		for k := range 3 {
			d.w[(k*Channels+c)*kernel.Lanes] = w[c*3+k]
		}
	}
	return d
}

// convolution takes a depthwise convolution over three rows and the pointwise one.
func (r *reader) convolution(name string, stride int) convolution {
	return convolution{taps: r.depthwise(name), pointwise: r.pointwise(name + ".pointwise"), stride: stride}
}

// transposed takes a transposed convolution of stride 2: row i of the input gives its taps
// 0, 1 and 2 to the rows 2i-1, 2i and 2i+1 of the output.
func (r *reader) transposed(name string) convolution {
	w := r.depthwise(name)
	tap := func(i int) []float32 { return w[i*Channels:][:Channels] }
	return convolution{even: tap(1), odd: append(append([]float32(nil), tap(2)...), tap(0)...),
		pointwise: r.pointwise(name + ".pointwise")}
}

// depthwise takes the weights of three rows, row by row.
func (r *reader) depthwise(name string) []float32 {
	w := r.Take(name+".depthwise.weight", Channels, 1, 1, 3)
	taps := make([]float32, 3*Channels)
	for i, v := range w {
		taps[i%3*Channels+i/3] = v
	}
	return taps
}

func (r *reader) pointwise(name string) dense {
	w := r.Borrow(name+".weight", Channels, Channels, 1, 1)
	return r.rounded(dense{w: turned(w, Channels, Channels), b: r.bias(name, Channels), in: Channels, stride: Channels})
}

// path takes the filter decoder's path: see dfDecoder.
func (r *reader) path(d *dfDecoder, name string) {
	const half, out = Channels / 2, 2 * Taps
	w := r.Take(name+".depthwise.weight", out, half, Taps, 1)
	point := r.Take(name+".pointwise.weight", out, out, 1, 1)
	bias := r.bias(name+".pointwise", out)
	if r.Err != nil {
		return
	}
	copy(d.bias, bias)
	for g := range d.path {
		d.path[g] = dense{w: make([]float32, half*pathColumns), in: half, stride: pathColumns}
		d.pointwise[g] = make([]float32, groupTaps*tapsStride)
		for j := range groupTaps {
			m := g*groupTaps + j // of the convolution's outputs
			for c := range half {
				for later := range Taps { // the frame whose output this one is for
					d.path[g].w[c*pathColumns+later*groupTaps+j] = w[(m*half+c)*Taps+Taps-1-later]
				}
			}
			for o := range out {
				d.pointwise[g][j*tapsStride+o] = point[o*out+m]
			}
		}
	}
}

// grouped takes a linear layer of groups, of so many inputs and outputs in all.
func (r *reader) grouped(name string, groups, in, out int) grouped {
	in, out = in/groups, out/groups
	w := r.Borrow(name+".weight", groups, in, out)
	stride := (out + groupColumns - 1) / groupColumns * groupColumns
	g := grouped{w: make([]float32, groups*in*stride), groups: groups, in: in, out: out, stride: stride}
	if r.Err != nil {
		return g
	}
	for row := range groups * in {
		copy(g.w[row*stride:], w[row*out:][:out])
	}
	if r.precision == Integers {
		g.int8, g.w = kernel.NewGroups(g.w, groups, in, stride), nil
	}
	return g
}

// fineGRU is gru with weights of twice 8 bits in place of 8: what the encoder's loses, both
// decoders build on. In 8 bits it alone kept the output of the released weights 40 dB
// apart from that of floats, no other less than 43 dB.
func (r *reader) fineGRU(name string) gru {
	r.fine = true
	defer func() { r.fine = false }()
	return r.gru(name)
}

// gru takes a recurrent layer.
func (r *reader) gru(name string) gru {
	input := r.matrix(r.Borrow(name+".weight_ih", 3*Units, Units), 3*Units)
	state := r.Borrow(name+".weight_hh", 3*Units, Units)
	bias, biasState := r.bias2(name, "ih"), r.bias2(name, "hh")
	if r.Err != nil {
		return gru{}
	}
	for i, v := range biasState[:2*Units] {
		bias[i] += v
	}
	return gru{
		input: input, gates: r.matrix(state[:2*Units*Units], 2*Units), candidate: r.matrix(state[2*Units*Units:], Units),
		bias: bias, biasN: biasState[2*Units:],
	}
}

func (r *reader) bias2(name, side string) []float32 { return r.Take(name+".bias_"+side, 3*Units) }

// matrix packs weights of out x Units.
func (r *reader) matrix(w []float32, out int) matrix {
	m := matrix{in: Units, out: out}
	switch {
	case r.Err != nil:
	case r.precision == Floats:
		m.float = turned(w, out, Units)
	default:
		m.int8 = kernel.NewInt8Turned(w, Units, out)
		if r.fine {
			m.rest = kernel.NewInt8Turned(w, Units, out)
		}
	}
	return m
}

// turned is the transpose of w, rows x columns.
func turned(w []float32, rows, columns int) []float32 {
	t := make([]float32, len(w))
	for i, v := range w {
		t[i%columns*rows+i/columns] = v
	}
	return t
}

// MultiplyAdds returns the multiply-adds of the network's products in one frame, as the
// network is defined: without what is saved by folding or added by whole registers.
func (w *Weights) MultiplyAdds() int {
	const separable = 3*Channels + Channels*Channels // of a band
	erb := Bands*9*Channels + (Bands/2+Bands/4+Bands/4)*separable
	df := Low*(9*Channels+Channels*Channels) + Low/2*separable
	const gru = 6 * Units * Units
	grouped := func(groups, in, out int) int { return in * out / groups }
	encoder := erb + df + grouped(32, Low/2*Channels, Embedding) + 2*grouped(16, Embedding, Units) + gru + Embedding
	decoder := 2*grouped(16, Embedding, Units) + 2*gru + (Bands/4+Bands/4+Bands/2+Bands)*Channels +
		(Bands/4+Bands/2+Bands)*separable + Bands*3*Channels
	filter := grouped(8, Embedding, Units) + 2*gru + grouped(16, Embedding, Units) + grouped(16, Units, Low*2*Taps) +
		Low*2*Taps*(Channels/2*Taps+2*Taps)
	return encoder + decoder + filter
}
