package focus

import (
	"github.com/stillmic/stillmic/model/internal/kernel"
	"github.com/stillmic/stillmic/model/voiceprint"
)

// stream is a network on one stream.
type stream struct {
	*network
	kernels       *kernel.Set
	scale, shift  []float32 // of me: what the print makes of the first layer's output; near: nil
	input         [heardMe]float32
	first, second []float32 // states
	x, gates      []float32
	said          [said]float32 // gains of the bands and how likely a wanted voice is there, 0 to 1
}

func newStream(n *network, k *kernel.Set, whose *voiceprint.Values) *stream {
	s := &stream{network: n, kernels: k}
	s.first, s.second = make([]float32, n.wide), make([]float32, n.wide)
	s.x, s.gates = make([]float32, n.wide), make([]float32, 4*n.wide)
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
	n.input.apply(k, s.x, s.input[:n.input.in])
	k.Relu(s.x)
	n.first.step(k, s.first, s.x, s.gates)
	copy(s.x, s.first)
	for i := range s.scale {
		s.x[i] = s.x[i]*s.scale[i] + s.shift[i]
	}
	n.second.step(k, s.second, s.x, s.gates)
	k.Add(s.x, s.second)
	n.output.apply(k, s.said[:], s.x)
	k.Sigmoid(s.said[:])
}

// reset forgets what was heard.
func (s *stream) reset() {
	clear(s.first)
	clear(s.second)
}
