package deepfilter

import "github.com/stillmic/stillmic/model/internal/kernel"

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
