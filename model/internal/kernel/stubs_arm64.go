//go:build !noasm

package kernel

// productNEON is productGo:
//
//	for r := range rows {
//		for j := range n {
//			sum := b[r*ldb+j]
//			for i := range k {
//				sum += a[r*lda+i] * w[i*ldw+j]
//			}
//			y[r*ldy+j] = sum
//		}
//	}
//
// by blocks of rows and columns whose sums stay in registers. rows > 0, n a
// multiple of 8.
//
//go:noescape
func productNEON(y []float32, ldy int, a []float32, lda int, w []float32, ldw int, b []float32, ldb int, rows, k, n int)

// normNEON is normGo:
//
//	y[row*c+i] = (x[row*c+i]-mean) / sqrt(variance+1e-5) * gain[i] + bias[i]
//
// with mean and variance over each row. c is a multiple of 8.
//
//go:noescape
func normNEON(y, x, gain, bias []float32, rows, c int)

// gruNEON is gruGo:
//
//	r, z := sigmoid(g[3*row*c+i]), sigmoid(g[3*row*c+c+i])
//	n := tanh(g[3*row*c+2*c+i] + r*q[row*c+i])
//	h[row*c+i] = n + z*(h[row*c+i]-n)
//
// for row < rows and i < c, and states below 1e-20 become 0. c is a multiple of 8.
//
//go:noescape
func gruNEON(h, g, q []float32, rows, c int)

// depthwiseNEON is depthwiseGo:
//
//	y[r*ldy+i] = sum over j<taps of w[j*n+i] * x[r*ldx+j*n+i]
//
// for r < rows and i < n, by blocks of 16 columns and then 8. n is a multiple of 8.
//
//go:noescape
func depthwiseNEON(y []float32, ldy int, x []float32, ldx int, w []float32, rows, taps, n int)

// addScaledReluNEON is addScaledReluGo:
//
//	y[r*n+i] += max(x[r*n+i]*w[i]+b[i], 0)
//
// for as many rows of n = len(w) as y has. n is a multiple of 8.
//
//go:noescape
func addScaledReluNEON(y, x, w, b []float32)

// int8NEON is int8Go:
//
//	for j := range y {
//		sum := int32(0)
//		for i, v := range values {
//			pair := w[j/64*ldp+int(rows[i])*2*64+j%64*2:]
//			sum += int32(int16(v))*int32(pair[0]) + v>>16*int32(pair[1])
//		}
//		y[j] = b[j] + float32(sum)*(step*steps[j])
//	}
//
// by panels of 64 columns, whose sums stay in registers. len(y) is a multiple of 64.
//
//go:noescape
func int8NEON(y []float32, values, rows []int32, step float32, w []int8, steps []float32, ldp int, b []float32, turned int32)
