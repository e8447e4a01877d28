//go:build amd64 && !noasm

package kernel

// The functions here make a kernel that runs over the whole vectors of its
// slices report how many values that were.

// wholeOf is n without what does not fill a vector of so many lanes.
func wholeOf(n, lanes int) int { return n / lanes * lanes }

func whole1(lanes int, f func(y []float32)) func([]float32) int {
	return func(y []float32) int { f(y); return wholeOf(len(y), lanes) }
}

func whole2(lanes int, f func(y, x []float32)) func(_, _ []float32) int {
	return func(y, x []float32) int { f(y, x); return wholeOf(len(y), lanes) }
}

func wholeSplit(f func(re, im []float32, spec []complex64)) func(_, _ []float32, _ []complex64) int {
	return func(re, im []float32, spec []complex64) int { f(re, im, spec); return wholeOf(len(re), Lanes) }
}

func wholeCross(f func(re, im, size, a, b, c, d []float32)) func(_, _, _, _, _, _, _ []float32) int {
	return func(re, im, size, a, b, c, d []float32) int {
		f(re, im, size, a, b, c, d)
		return wholeOf(len(re), Lanes)
	}
}
