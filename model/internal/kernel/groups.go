package kernel

// groupColumns is what the outputs of a group have to be a multiple of: two registers of
// 256 bits.
const groupColumns = 16

// Groups is a layer of several matrices of 8-bit integers, each of which sees its own part
// of the inputs and makes its own part of the outputs, with one step per column. As in Int8
// two rows lie interleaved.
type Groups struct {
	w     []int8
	steps []float32 // of all groups, by column
	count int
	k, n  int // of a group
}

// NewGroups packs so many k x n matrices that lie one after another, each column in up to
// 127 steps. It returns nil where k is 0 or odd, or n is no multiple of 16.
func NewGroups(w []float32, count, k, n int) *Groups {
	if k < 2 || k%2 != 0 || n%groupColumns != 0 {
		return nil
	}
	g := &Groups{w: make([]int8, count*k*n), count: count, k: k, n: n}
	for c := range count {
		part := w[c*k*n:][:k*n]
		steps := columnSteps(part, n, k, n, most8)
		for i := range k {
			for j, step := range steps {
				g.w[c*k*n+i/2*2*n+2*j+i%2] = int8(inSteps(part[i*n+j], step))
			}
		}
		g.steps = append(g.steps, steps...)
	}
	return g
}

// GroupsProduct multiplies one row, a, of inputs in steps by the matrices of a Groups: with
// c a group, i one of its k inputs and j one of its n outputs,
//
//	y[c*n+j] = sum over i of a[c*k+i]*step * w[c, i, j]
//
// The sums are of integers and exact. Slices that are too short panic.
func (s *Set) GroupsProduct(y []float32, a []int16, step float32, w *Groups) {
	groups := s.groups
	if groups == nil {
		groups = groupsGo
	}
	groups(y[:w.count*w.n], a[:w.count*w.k], step, w.w, w.steps, w.k, w.n)
}

// groupsGo is GroupsProduct for len(y)/n groups.
func groupsGo(y []float32, a []int16, step float32, w []int8, steps []float32, k, n int) {
	for c := range len(y) / n {
		for j := range n {
			sum := int32(0)
			for i := range k {
				sum += int32(a[c*k+i]) * int32(w[c*k*n+i/2*2*n+2*j+i%2])
			}
			y[c*n+j] = float32(sum) * (step * steps[c*n+j])
		}
	}
}
