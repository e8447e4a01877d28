package voiceprint

import (
	"crypto/sha256"
	_ "embed" // the weights
	"encoding/hex"
	"fmt"
	"math"
	"sync"

	"github.com/stillmic/stillmic/model/internal/kernel"
	"github.com/stillmic/stillmic/model/internal/safetensors"
)

const (
	width  = 96  // of the convolutions
	wide   = 128 // of what is averaged over time
	format = "stillmic-voiceprint-1"

	// reach is how many frames the convolutions see to either side.
	reach = 2 + 2 + 3

	// Size is how many numbers a print has.
	Size = 96
)

//go:embed voiceprint.safetensors
var embedded []byte

// network is a time-delay network: three convolutions over time, a layer of each frame, and a
// layer of the mean and the deviation of many.
type network struct {
	id                   string // of the weights: the beginning of their SHA-256
	first, second, third layer
	frame                layer
	attention            []float32
	attentionBias        float32
	print                layer // 2 x wide to Size
}

// layer is y = b + x w, with w as in x out.
type layer struct {
	w, b    []float32
	in, out int
	whole   *kernel.Int16 // w in whole steps, for processors that are quicker so
}

// worker has kernels, and memory for what a layer sees, in whole steps.
type worker struct {
	*kernel.Set
	rounded [3 * width]int16
}

func newWorker(k *kernel.Set) *worker { return &worker{Set: k} }

// apply sets y to a layer of x.
func (k *worker) apply(l *layer, y, x []float32) {
	if !k.HasIntegers() {
		k.Product(y, l.out, x, l.in, l.w, l.out, l.b, 0, 1, l.in, l.out)
		return
	}
	step := k.Quantize(k.rounded[:l.in], x)
	k.Int16Product(y, l.out, k.rounded[:], l.in, step, l.whole, l.b, 0, 1)
}

// load reads the built-in network, once.
var load = sync.OnceValues(func() (*network, error) {
	n, err := parse(embedded)
	if err != nil {
		return nil, fmt.Errorf("load the network of voice prints: %w", err)
	}
	return n, nil
})

// networkOf returns the built-in network for a print. Its error is ErrOtherNetwork if that was made with another.
func networkOf(p *Print) (*network, error) {
	n, err := load()
	if err != nil {
		return nil, err
	}
	if p.Network != n.id {
		return nil, ErrOtherNetwork
	}
	return n, nil
}

func parse(data []byte) (*network, error) {
	file, err := safetensors.Parse(data)
	if err != nil {
		return nil, err
	}
	if got := file.Meta["format"]; got != format {
		return nil, fmt.Errorf("metadata %q is %.40q, must be %q", "format", got, format)
	}
	sum := sha256.Sum256(data)
	r := &reader{safetensors.NewReader(file)}
	n := &network{
		id:    hex.EncodeToString(sum[:6]),
		first: r.convolution("first", bands, 5), second: r.convolution("second", width, 3),
		third: r.convolution("third", width, 3), frame: r.convolution("frame", width, 1),
		print:     r.convolution("print", 2*wide, 1),
		attention: r.Take("attention.weight", 1, wide),
	}
	if b := r.Take("attention.bias", 1); b != nil {
		n.attentionBias = b[0]
	}
	return n, r.Finish()
}

// reader takes layers out of a file.
type reader struct{ *safetensors.Reader }

// outputs are those of the layers.
var outputs = map[string]int{"first": width, "second": width, "third": width, "frame": wide, "print": Size}

// convolution takes a layer that sees so many frames of in values; of one frame, it is a matrix.
func (r *reader) convolution(name string, in, frames int) layer {
	out := outputs[name]
	dims := []int{out, in, frames}
	if frames == 1 {
		dims = dims[:2]
	}
	w := r.Take(name+".weight", dims...)
	l := layer{w: make([]float32, len(w)), b: r.Take(name+".bias", out), in: in * frames, out: out}
	if r.Err != nil {
		return l
	}
	for o := range out {
		for i := range in {
			for t := range frames {
				l.w[(t*in+i)*out+o] = w[(o*in+i)*frames+t]
			}
		}
	}
	l.whole = kernel.NewInt16(l.w, l.out, l.in, l.out)
	return l
}

// stream is the network on one stream. The answer to a frame comes reach frames later.
type stream struct {
	*network
	kernels *worker
	inputs  [5 * bands]float32 // features of the last frames, oldest first
	second  past
	third   past
	taken   [3 * width]float32
	x       [width]float32
	hidden  [wide]float32
	weight  [1]float32
}

// past has the last rows of a convolution's input, a ring.
type past struct {
	rows [7][width]float32
	next int
}

func (p *past) add(row *[width]float32) {
	p.rows[p.next] = *row
	p.next = (p.next + 1) % len(p.rows)
}

// ago is the row of so many frames before the last.
func (p *past) ago(frames int) *[width]float32 {
	return &p.rows[(p.next+2*len(p.rows)-1-frames)%len(p.rows)]
}

// hear takes the features of a frame and sets hidden and weight of that reach frames before.
func (s *stream) hear(row *[bands]float32) {
	copy(s.inputs[:], s.inputs[bands:])
	copy(s.inputs[4*bands:], row[:])
	s.kernels.apply(&s.first, s.x[:], s.inputs[:])
	s.kernels.Relu(s.x[:])
	s.second.add(&s.x)
	s.dilated(&s.network.second, &s.second, 2)
	s.third.add(&s.x)
	s.dilated(&s.network.third, &s.third, 3)
	s.kernels.apply(&s.frame, s.hidden[:], s.x[:])
	s.kernels.Relu(s.hidden[:])
	s.weight[0] = s.attentionBias
	for i, v := range s.hidden {
		s.weight[0] += v * s.attention[i]
	}
	s.kernels.Sigmoid(s.weight[:])
}

// dilated sets x to a convolution of three rows, so many frames apart, plus the row in the middle.
func (s *stream) dilated(l *layer, p *past, apart int) {
	for i := range 3 {
		copy(s.taken[i*width:], p.ago((2 - i) * apart)[:])
	}
	s.kernels.apply(l, s.x[:], s.taken[:])
	s.kernels.AddRelu(s.x[:], p.ago(apart)[:])
}

// from makes a print of sums over frames: of their weights, the weighted values and squares.
func (n *network) from(k *worker, sum *sums, v *Values) {
	var in [2 * wide]float32
	total := sum.weight + leastWeight
	for i := range wide {
		mean := sum.value[i] / total
		in[i] = mean
		in[wide+i] = float32(math.Sqrt(float64(max(sum.square[i]/total-mean*mean, 0) + leastVariance)))
	}
	k.apply(&n.print, v[:], in[:])
	v.normalise()
}

const leastWeight, leastVariance = 1e-4, 1e-4
