package kernel

import "math"

// portable is the Set in Go alone.
var portable = Set{
	Name:     "go",
	product:  productGo,
	norm:     normGo,
	gru:      gruGo,
	add:      func(_, _ []float32) int { return 0 },
	relu:     func([]float32) int { return 0 },
	addRelu:  func(_, _ []float32) int { return 0 },
	sigmoid:  func([]float32) int { return 0 },
	tanh:     func([]float32) int { return 0 },
	log10:    func([]float32) int { return 0 },
	cross:    func(_, _, _, _, _, _, _ []float32) int { return 0 },
	splitter: func(_, _ []float32, _ []complex64) int { return 0 },
}

// productGo is Product. Two rows by four columns stay in registers.
func productGo(y []float32, ldy int, a []float32, lda int, w []float32, ldw int, b []float32, ldb int, rows, k, n int) {
	if rows == 1 {
		vectorProductGo(y[:n], a[:k], w, ldw, b[:n])
		return
	}
	r := 0
	for ; r+2 <= rows; r += 2 {
		a0, a1 := a[r*lda:][:k], a[(r+1)*lda:][:k]
		y0, y1 := y[r*ldy:][:n], y[(r+1)*ldy:][:n]
		b0, b1 := b[r*ldb:][:n], b[(r+1)*ldb:][:n]
		for j := 0; j+4 <= n; j += 4 {
			s, t := (*[4]float32)(b0[j:]), (*[4]float32)(b1[j:])
			s0, s1, s2, s3 := s[0], s[1], s[2], s[3]
			t0, t1, t2, t3 := t[0], t[1], t[2], t[3]
			column := j
			for i, u := range a0 {
				v := a1[i]
				x := (*[4]float32)(w[column:])
				column += ldw
				s0 += u * x[0]
				s1 += u * x[1]
				s2 += u * x[2]
				s3 += u * x[3]
				t0 += v * x[0]
				t1 += v * x[1]
				t2 += v * x[2]
				t3 += v * x[3]
			}
			*(*[4]float32)(y0[j:]) = [4]float32{s0, s1, s2, s3}
			*(*[4]float32)(y1[j:]) = [4]float32{t0, t1, t2, t3}
		}
	}
	for ; r < rows; r++ {
		vectorProductGo(y[r*ldy:][:n], a[r*lda:][:k], w, ldw, b[r*ldb:][:n])
	}
}

// vectorProductGo is Product for one row. It goes along the rows of w, four at
// a time, since a wide layer's weights do not fit the first cache.
func vectorProductGo(y, a, w []float32, ldw int, b []float32) {
	copy(y, b)
	n := len(y)
	i := 0
	for ; i+4 <= len(a); i += 4 {
		u := (*[4]float32)(a[i:])
		u0, u1, u2, u3 := u[0], u[1], u[2], u[3]
		w0, w1 := w[i*ldw:][:n], w[(i+1)*ldw:][:n]
		w2, w3 := w[(i+2)*ldw:][:n], w[(i+3)*ldw:][:n]
		for j := range y {
			y[j] += u0*w0[j] + u1*w1[j] + u2*w2[j] + u3*w3[j]
		}
	}
	for ; i < len(a); i++ {
		u := a[i]
		for j, x := range w[i*ldw:][:n] {
			y[j] += u * x
		}
	}
}

// normGo is Norm.
func normGo(y, x, gain, bias []float32, rows, c int) {
	for r := range rows {
		row, out := x[r*c:][:c], y[r*c:][:c]
		var s0, s1, s2, s3 float32
		for i := 0; i+4 <= len(row); i += 4 {
			v := (*[4]float32)(row[i:])
			s0, s1, s2, s3 = s0+v[0], s1+v[1], s2+v[2], s3+v[3]
		}
		mean := (s0 + s1 + s2 + s3) / float32(c)
		s0, s1, s2, s3 = 0, 0, 0, 0
		for i := 0; i+4 <= len(row); i += 4 {
			v := (*[4]float32)(row[i:])
			d0, d1, d2, d3 := v[0]-mean, v[1]-mean, v[2]-mean, v[3]-mean
			s0, s1, s2, s3 = s0+d0*d0, s1+d1*d1, s2+d2*d2, s3+d3*d3
		}
		variance := (s0 + s1 + s2 + s3) / float32(c)
		scale := 1 / float32(math.Sqrt(float64(variance+normFloor)))
		for i, v := range row {
			out[i] = (v-mean)*scale*gain[i] + bias[i]
		}
	}
}

// denormalGuard is where the states of GRU become 0.
const denormalGuard = 1e-20

// gruGo is GRU.
func gruGo(h, g, q []float32, rows, c int) {
	for row := range rows {
		h, q := h[row*c:][:c], q[row*c:][:c]
		gr, gz, gn := g[row*3*c:][:c], g[row*3*c+c:][:c], g[row*3*c+2*c:][:c]
		for i, before := range h {
			r, z := sigmoid1(gr[i]), sigmoid1(gz[i])
			n := tanh1(gn[i] + r*q[i])
			after := n + z*(before-n)
			if after < denormalGuard && after > -denormalGuard {
				after = 0
			}
			h[i] = after
		}
	}
}

// addGo is Add.
func addGo(y, x []float32) {
	x = x[:len(y)]
	for i, v := range x {
		y[i] += v
	}
}

// reluGo is Relu.
func reluGo(y []float32) {
	for i, v := range y {
		y[i] = positive(v)
	}
}

// positive is max(x, 0) by the sign bit alone: a branch would be guessed wrong
// every other time.
func positive(x float32) float32 {
	b := math.Float32bits(x)
	return math.Float32frombits(b &^ uint32(int32(b)>>31))
}

// addReluGo is AddRelu.
func addReluGo(y, x []float32) {
	x = x[:len(y)]
	for i, v := range x {
		y[i] = positive(y[i] + v)
	}
}

// sigmoidGo is Sigmoid.
func sigmoidGo(y []float32) {
	for i, v := range y {
		y[i] = sigmoid1(v)
	}
}

// tanhGo is Tanh.
func tanhGo(y []float32) {
	for i, v := range y {
		y[i] = tanh1(v)
	}
}

// log10Go is Log10.
func log10Go(y []float32) {
	for i, v := range y {
		y[i] = log10Of(v)
	}
}

// crossGo is Cross.
func crossGo(re, im, size, a, b, c, d []float32) {
	n := len(re)
	im, size, a, b, c, d = im[:n], size[:n], a[:n], b[:n], c[:n], d[:n]
	for i := range re {
		x, y := a[i]*c[i]+b[i]*d[i], b[i]*c[i]-a[i]*d[i]
		re[i], im[i] = x, y
		size[i] = float32(math.Sqrt(float64(x*x + y*y)))
	}
}

// splitGo is Split.
func splitGo(re, im []float32, spec []complex64) {
	re, im = re[:len(spec)], im[:len(spec)]
	for i, x := range spec {
		re[i], im[i] = flush(real(x)), flush(imag(x))
	}
}

// flush makes less than Tiny zero.
func flush(x float32) float32 {
	if x < Tiny && x > -Tiny {
		return 0
	}
	return x
}
