package focus

import (
	"github.com/stillmic/stillmic/model/internal/kernel"
	"github.com/stillmic/stillmic/model/voiceprint"
)

// stream is a network on one stream.
type stream struct {
	*network
	kernels       *kernel.Set
	scale, shift  []float32       // of me: what the print makes of the first layer's output; near: nil
	input         [inputs]float32 // those that the network has, then 0
	first, second []float32       // states
	x             []float32
	ofInput       []float32     // gates, and what fills the last panel
	ofState       []float32     // the same
	whole         []int16       // what a layer sees, in whole steps
	pairs         kernel.Pairs  // of that
	said          [said]float32 // gains of the bands and how likely a wanted voice is there, 0 to 1
}

func newStream(n *network, k *kernel.Set, whose *voiceprint.Values) *stream {
	s := &stream{network: n, kernels: k}
	s.first, s.second = make([]float32, n.wide), make([]float32, n.wide)
	s.x, s.whole, s.pairs = make([]float32, n.wide), make([]int16, max(n.wide, inputs)), kernel.NewPairs(n.wide)
	filled := kernel.WholePanels(3 * n.wide)
	s.ofInput, s.ofState = make([]float32, filled), make([]float32, filled)
	if whose != nil {
		s.scale, s.shift = make([]float32, n.wide), make([]float32, n.wide)
		for i := range n.wide {
			s.scale[i] = 1
			for j, v := range whose {
				s.scale[i] += n.scale[i*voiceprint.Size+j] * v
				s.shift[i] += n.shift[i*voiceprint.Size+j] * v
			}
		}
	}
	return s
}

// step takes the input and sets said.
func (s *stream) step() {
	k, n := s.kernels, s.network
	s.apply(&n.input, s.x, s.input[:n.input.in])
	k.Relu(s.x)
	s.recur(&n.first, s.first)
	copy(s.x, s.first)
	for i := range s.scale {
		s.x[i] = s.x[i]*s.scale[i] + s.shift[i]
	}
	s.recur(&n.second, s.second)
	k.Add(s.x, s.second)
	s.apply(&n.output, s.said[:], s.x)
	k.Sigmoid(s.said[:])
}

// apply sets y to a layer of x.
func (s *stream) apply(l *layer, y, x []float32) {
	k := s.kernels
	if !k.HasIntegers() {
		k.Product(y, l.out, x, l.in, l.w, l.out, l.b, 0, 1, l.in, l.out)
		return
	}
	step := k.Quantize(s.whole, x)
	k.Int16Product(y, l.out, s.whole, l.in, step, l.whole, l.b, 0, 1)
}

// recur moves the state h of a recurrent layer by x. The candidate's part of h is not added to
// that of x before it has been reset.
func (s *stream) recur(r *recurrent, h []float32) {
	n := len(h)
	s.open(&r.input, s.ofInput, s.x)
	s.open(&r.state, s.ofState, h)
	s.kernels.Add(s.ofInput[:2*n], s.ofState[:2*n])
	s.kernels.GRU(h, s.ofInput, s.ofState[2*n:], 1, n)
}

// open sets y to the gates for x.
func (s *stream) open(g *gates, y, x []float32) {
	k := s.kernels
	if !k.HasInt8() {
		k.Product(y, 3*g.wide, x, g.wide, g.w, 3*g.wide, g.b, 0, 1, g.wide, 3*g.wide)
		return
	}
	step := k.Quantize(s.whole, x)
	s.pairs.Set(s.whole[:g.wide])
	k.Int8Product(y, &s.pairs, step, g.eight, g.b)
}

// reset forgets what was heard.
func (s *stream) reset() {
	clear(s.first)
	clear(s.second)
}
