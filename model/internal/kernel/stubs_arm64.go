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
