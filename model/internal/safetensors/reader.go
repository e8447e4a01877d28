package safetensors

import (
	"fmt"
	"math"
	"slices"
)

// Reader takes tensors out of a file, once each, and keeps the first error.
type Reader struct {
	Size int // values taken so far
	Err  error

	file *File
	used map[string]bool
	lent []float32
}

// NewReader returns a Reader of a file.
func NewReader(file *File) *Reader { return &Reader{file: file, used: map[string]bool{}} }

// Finish refuses tensors that were not taken, and returns the first error.
func (r *Reader) Finish() error {
	if r.Err != nil {
		return r.Err
	}
	for _, name := range r.file.Names() {
		if !r.used[name] {
			return fmt.Errorf("tensor %q is unknown to this network", name)
		}
	}
	return nil
}

// Take returns the values of a tensor of the given dimensions, or nil after
// an error.
func (r *Reader) Take(name string, dims ...int) []float32 { return r.take(nil, name, dims) }

// Borrow is Take in memory that the next Borrow uses again.
func (r *Reader) Borrow(name string, dims ...int) []float32 {
	values := r.take(r.lent, name, dims)
	if values != nil {
		r.lent = values
	}
	return values
}

func (r *Reader) take(buf []float32, name string, dims []int) []float32 {
	count := 1
	for _, d := range dims {
		count *= d
	}
	r.Size += count
	if r.Err != nil {
		return nil
	}
	t, ok := r.file.Tensors[name]
	if !ok {
		r.Err = fmt.Errorf("tensor %q is missing, expected with shape %v", name, dims)
		return nil
	}
	if !slices.Equal(t.Shape, dims) {
		r.Err = fmt.Errorf("tensor %q has shape %v, expected %v", name, t.Shape, dims)
		return nil
	}
	r.used[name] = true
	values := t.Floats(buf)
	for i, v := range values {
		if math.IsNaN(float64(v)) || math.Abs(float64(v)) > 1e6 {
			r.Err = fmt.Errorf("tensor %q: value %d is %v, expected within +-1e6", name, i, v)
			return nil
		}
		// A weight this small does nothing but slow: its products are denormal.
		if math.Abs(float64(v)) < 1e-20 {
			values[i] = 0
		}
	}
	return values
}
