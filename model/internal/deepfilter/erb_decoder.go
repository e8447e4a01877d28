package deepfilter

import "github.com/stillmic/stillmic/model/internal/kernel"

// erbDecoder makes the gains of the bands: two GRUs, then back up from 8 bands to 32 with
// what the encoder saw on each step.
type erbDecoder struct {
	embedIn  grouped // 512 to 256
	gru      [2]gru
	embedOut grouped     // 256 to 8 bands of 64
	path     [4]path     // from the encoder's maps e0 to e3
	conv3    convolution // on 8 bands
	conv2    convolution // up to 16
	conv1    convolution // up to 32
	conv0    dense       // 3 bands of 64 to a gain
}

// gains is the ERB decoder on one stream.
type gains struct {
	cells         [2]cell
	narrow        []float32
	d8, d8b       plane // 8 bands
	d16, d32      plane
	between, wide []float32
	gain          [Bands]float32
}

func newGains() gains {
	return gains{
		cells: [2]cell{newCell(), newCell()}, narrow: make([]float32, Units),
		d8: newPlane(Bands/4, Channels), d8b: newPlane(Bands/4, Channels), d16: newPlane(Bands/2, Channels), d32: newPlane(Bands,
			Channels),
		between: make([]float32, Bands*Channels), wide: make([]float32, Bands*kernel.Lanes),
	}
}

func (s *gains) planes() []plane { return []plane{s.d8, s.d8b, s.d16, s.d32} }

func (s *gains) reset() {
	s.cells[0].reset()
	s.cells[1].reset()
	clear(s.gain[:])
}

// run decodes what the encoder made of a frame.
func (d *erbDecoder) run(k *worker, s *gains, e *encoded) {
	d.embedIn.apply(k, s.narrow, e.embedding)
	k.Relu(s.narrow)
	h := d.gru[0].step(k, &s.cells[0], s.narrow)
	h = d.gru[1].step(k, &s.cells[1], h)
	x := s.d8.rows(Channels)
	d.embedOut.apply(k, x, h)
	k.Relu(x)

	d.path[3].add(k, x, e.e3)
	d.conv3.apply(k, s.d8b.rows(Channels), s.d8, s.between)
	d.path[2].add(k, s.d8b.rows(Channels), e.e2)
	d.conv2.transposed(k, s.d16.rows(Channels), s.d8b, s.between)
	d.path[1].add(k, s.d16.rows(Channels), e.e1)
	d.conv1.transposed(k, s.d32.rows(Channels), s.d16, s.between)
	d.path[0].add(k, s.d32.rows(Channels), e.e0)
	d.conv0.apply(k, s.wide, s.d32.all, Channels, Bands)
	for b := range s.gain {
		s.gain[b] = s.wide[b*kernel.Lanes]
	}
	k.Sigmoid(s.gain[:])
}

// add adds to y what the path hears of x.
func (p *path) add(k *worker, y []float32, x plane) {
	k.AddScaledRelu(y, x.rows(Channels), p.w, p.b)
}
