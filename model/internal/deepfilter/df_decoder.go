package deepfilter

import "github.com/stillmic/stillmic/model/internal/kernel"

// dfDecoder makes the taps of the deep filter: two GRUs beside a skip, and a path from
// the encoder's first map of the bins over five frames.
type dfDecoder struct {
	embedIn grouped // 512 to 256
	gru     [2]gru
	skip    grouped // 512 to 256
	output  grouped // 256 to 96 x 10, 60 of each group

	// The path's grouped convolution over five frames, of half the channels each, and
	// the pointwise one. A frame's map is multiplied by all five frames' weights at once
	// and the products wait in columns for theirs: the frame's own output is in the first
	// five, in the next five that of the frame after, which lacks its newest, and so on.
	path      [2]dense     // 32 channels to 5 frames x 5
	pointwise [2][]float32 // 5 x 16
	bias      []float32
}

const (
	// groupTaps is how many of a bin's 10 values each group of the path makes.
	groupTaps = Taps

	// pathColumns is 5 frames of them, rounded up, and pathStride leaves zeros behind for
	// the next frame, which begins five columns further on.
	pathColumns = 32
	pathStride  = pathColumns + 8

	// tapsStride is a bin's 10 values in whole registers.
	tapsStride = 2 * kernel.Lanes
)

// taps is the filter decoder on one stream.
type taps struct {
	cells   [2]cell
	narrow  []float32
	flat    []float32       // 16 groups of 64, 60 of which count
	waiting [2][2][]float32 // of each group, this frame and the one before in turn: bins x pathStride
	turn    int
	path    []float32 // bins x tapsStride
	tap     [Low][Taps]complex64
}

func newTaps() taps {
	t := taps{
		cells: [2]cell{newCell(), newCell()}, narrow: make([]float32, Units),
		flat: make([]float32, outputGroups*outputStride), path: make([]float32, Low*tapsStride),
	}
	for g := range t.waiting {
		for i := range t.waiting[g] {
			t.waiting[g][i] = make([]float32, Low*pathStride)
		}
	}
	return t
}

func (t *taps) reset() {
	t.cells[0].reset()
	t.cells[1].reset()
	for g := range t.waiting {
		clear(t.waiting[g][0])
		clear(t.waiting[g][1])
	}
	t.tap = [Low][Taps]complex64{}
}

// run decodes what the encoder made of a frame.
func (d *dfDecoder) run(k *worker, s *taps, e *encoded) {
	d.embedIn.apply(k, s.narrow, e.embedding)
	k.Relu(s.narrow)
	h := d.gru[0].step(k, &s.cells[0], s.narrow)
	h = d.gru[1].step(k, &s.cells[1], h)
	d.skip.apply(k, s.narrow, e.embedding)
	k.Add(s.narrow, h)
	d.output.apply(k, s.flat, s.narrow)
	k.Tanh(s.flat)
	d.runPath(k, s, e)
	// A group's 60 values are six bins' 10.
	const bins = Low / outputGroups
	for b := range Low {
		out := (*[2 * Taps]float32)(s.flat[b/bins*outputStride+b%bins*2*Taps:])
		path := (*[2 * Taps]float32)(s.path[b*tapsStride:])
		for i := range s.tap[b] {
			s.tap[b][i] = complex(out[2*i]+path[2*i], out[2*i+1]+path[2*i+1])
		}
	}
}

// runPath sets path.
func (d *dfDecoder) runPath(k *worker, s *taps, e *encoded) {
	s.turn = 1 - s.turn
	c0, start, ldb := e.c0.rows(Channels), d.bias, 0
	for g := range d.path {
		now, before := s.waiting[g][s.turn], s.waiting[g][1-s.turn]
		w := &d.path[g]
		k.Product(now, pathStride, c0[g*w.in:], Channels, w.w, pathColumns, before[groupTaps:], pathStride, Low, w.in,
			pathColumns)
		k.Product(s.path, tapsStride, now, pathStride, d.pointwise[g], tapsStride, start, ldb, Low, groupTaps, tapsStride)
		start, ldb = s.path, tapsStride
	}
	k.Relu(s.path)
}
