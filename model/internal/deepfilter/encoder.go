package deepfilter

// encoder makes of levels and lowest bins what both decoders hear.
type encoder struct {
	erb0     dense          // 3 bands x 3 frames to 64
	erb      [3]convolution // to 16, 8 and 8 bands
	df0      dense          // 3 bins x 3 frames x re, im to 64: a grouped convolution and a pointwise one, folded
	df1      convolution    // to 48 bins
	dfEmbed  grouped        // 48 x 64 to 512
	embedIn  grouped        // 512 to 256
	gru      gru
	embedOut grouped // 256 to 512
	lsnr     dense   // 512 to the local SNR
}

// encoded is the encoder on one stream.
type encoded struct {
	levels, bins plane     // rows of the last three frames, oldest first: of 1 value, and of re and im
	e0, e1, e2   plane     // 32, 16 and 8 bands
	e3           plane     // 8 bands
	c0           plane     // 96 bins
	c1           []float32 // 48 bins
	between      []float32
	embedding    []float32 // 512
	narrow       []float32 // 256
	cell         cell
	lsnr         [1]float32
}

func newEncoded() encoded {
	return encoded{
		levels: newPlane(Bands, frames), bins: newPlane(Low, 2*frames),
		e0: newPlane(Bands, Channels), e1: newPlane(Bands/2, Channels), e2: newPlane(Bands/4, Channels), e3: newPlane(Bands/4,
			Channels),
		c0: newPlane(Low, Channels), c1: make([]float32, Low/2*Channels), between: make([]float32, Low/2*Channels),
		embedding: make([]float32, Embedding), narrow: make([]float32, Units), cell: newCell(),
	}
}

func (s *encoded) planes() []plane { return []plane{s.levels, s.bins, s.e0, s.e1, s.e2, s.e3, s.c0} }

func (s *encoded) reset() {
	for _, p := range s.planes() {
		clear(p.all)
	}
	clear(s.embedding)
	s.cell.reset()
	s.lsnr[0] = 0
}

// push appends a frame's features to the last ones.
func (s *encoded) push(f *features) {
	rows := s.levels.rows(frames)
	for b, v := range f.level {
		row := (*[frames]float32)(rows[frames*b:])
		row[0], row[1], row[2] = row[1], row[2], v
	}
	rows = s.bins.rows(2 * frames)
	for k := range Low {
		row := (*[2 * frames]float32)(rows[2*frames*k:])
		row[0], row[1], row[2], row[3] = row[2], row[3], row[4], row[5]
		row[4], row[5] = f.low[2*k], f.low[2*k+1]
	}
}

// run encodes the frame in the middle of the last three.
func (e *encoder) run(k *worker, s *encoded) {
	e0, c0 := s.e0.rows(Channels), s.c0.rows(Channels)
	e.erb0.apply(k, e0, s.levels.all, frames, Bands)
	k.Relu(e0)
	e.erb[0].apply(k, s.e1.rows(Channels), s.e0, s.between)
	e.erb[1].apply(k, s.e2.rows(Channels), s.e1, s.between)
	e.erb[2].apply(k, s.e3.rows(Channels), s.e2, s.between)
	e.df0.apply(k, c0, s.bins.all, 2*frames, Low)
	k.Relu(c0)
	e.df1.apply(k, s.c1, s.c0, s.between)

	e.dfEmbed.apply(k, s.embedding, s.c1)
	k.Relu(s.embedding)
	k.Add(s.embedding, s.e3.rows(Channels))
	e.embedIn.apply(k, s.narrow, s.embedding)
	k.Relu(s.narrow)
	e.embedOut.apply(k, s.embedding, e.gru.step(k, &s.cell, s.narrow))
	k.Relu(s.embedding)
	s.lsnr[0] = e.lsnr.b[0]
	for i, x := range s.embedding {
		s.lsnr[0] += x * e.lsnr.w[i]
	}
	k.Sigmoid(s.lsnr[:])
}
