//go:build !amd64 || noasm

package echo

func accumulate(y, x, w *row) { accumulateGo(y, x, w) }

func power(y, p *[stride]float32, x *row) { powerGo(y, p, x) }

func update(w *row, p *[stride]float32, x, e *row, r *[stride]float32, a, least float32) {
	updateGo(w, p, x, e, r, a, least)
}
