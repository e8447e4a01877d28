package kernel

// Depthwise is a convolution over rows of n channels, each channel by itself:
//
//	y[r*ldy+i] = sum over j<taps of w[j*n+i] * x[r*ldx+j*n+i]
//
// for r < rows and i < n. ldx is n for a stride of one row, 2n for two. n has to be a
// multiple of Lanes. y must not overlap x and w. Slices that are too short panic.
func (s *Set) Depthwise(y []float32, ldy int, x []float32, ldx int, w []float32, rows, taps, n int) {
	if rows <= 0 {
		return
	}
	if n%Lanes != 0 || n == 0 || taps <= 0 {
		panic("kernel: depthwise: no taps, or a width that is no multiple of 8")
	}
	_, _, _ = y[(rows-1)*ldy+n-1], x[(rows-1)*ldx+taps*n-1], w[taps*n-1]
	depthwise := s.depthwise
	if depthwise == nil {
		depthwise = depthwiseGo
	}
	depthwise(y, ldy, x, ldx, w, rows, taps, n)
}

// depthwiseGo is Depthwise.
func depthwiseGo(y []float32, ldy int, x []float32, ldx int, w []float32, rows, taps, n int) {
	for r := range rows {
		out := y[r*ldy:][:n]
		for i, v := range x[r*ldx:][:n] {
			out[i] = v * w[i]
		}
		for j := 1; j < taps; j++ {
			row, factor := x[r*ldx+j*n:][:n], w[j*n:][:n]
			for i, v := range row {
				out[i] += v * factor[i]
			}
		}
	}
}

// AddScaledRelu is y[r*n+i] += max(x[r*n+i]*w[i]+b[i], 0) for as many rows of n = len(w)
// channels as y has. n has to be a multiple of Lanes.
func (s *Set) AddScaledRelu(y, x, w, b []float32) {
	n := len(w)
	if n%Lanes != 0 || n == 0 || len(y)%n != 0 {
		panic("kernel: scaled sum: no whole rows, or a width that is no multiple of 8")
	}
	x, b = x[:len(y)], b[:n]
	scaled := s.addScaledRelu
	if scaled == nil {
		scaled = addScaledReluGo
	}
	scaled(y, x, w, b)
}

// addScaledReluGo is AddScaledRelu.
func addScaledReluGo(y, x, w, b []float32) {
	n := len(w)
	for r := 0; r < len(y); r += n {
		out, in := y[r:][:n], x[r:][:n]
		for i, v := range in {
			out[i] += positive(v*w[i] + b[i])
		}
	}
}
