package dsp

import (
	"slices"
	"sort"
)

// polyphaseBank is the filter bank of a conversion by up/down whose ratio comes
// round after a few outputs. Sixteen outputs that follow each other are a group; its
// weights are a matrix from a stretch of the input to the sixteen. One period later
// the same matrix is needed for a stretch one period on, so the stretches of all
// periods at hand are the rows of another matrix, and the work is one product of
// matrices for each group. Nobody changes a bank.
type polyphaseBank struct {
	period int // outputs of a period
	step   int // inputs of a period
	taps   int // inputs of a stretch: those of the filter, and how far sixteen outputs move on
	groups []polyphaseGroup
}

// polyphaseGroup is sixteen outputs of a period, or what is left at its end.
type polyphaseGroup struct {
	from    int       // its first input, from the period's start
	outputs int       // 16, or fewer
	weights []float32 // taps rows of 16: what each input adds to each output
}

// groupSize is how many outputs a group has: the float32 of a register of 64 bytes, or
// of two of 32.
const groupSize = 16

// newPolyphaseBank makes the groups of a filter that has a phase for each of up.
func newPolyphaseBank(t *sincTable, up, down int) *polyphaseBank {
	periods := 1
	if up <= 64 { // the matrices stay small
		periods = groupSize / gcd(up, groupSize) // then no group has fewer than 16
	}
	b := &polyphaseBank{period: up * periods, step: down * periods}
	first := func(output int) int { return output * down / up }
	for at := 0; at < b.period; at += groupSize {
		last := min(at+groupSize, b.period) - 1
		b.taps = max(b.taps, t.taps+first(last)-first(at))
	}
	for at := 0; at < b.period; at += groupSize {
		g := polyphaseGroup{first(at), min(groupSize, b.period-at), make([]float32, b.taps*groupSize)}
		for j := range g.outputs {
			row := t.rows[(at+j)*down%up*t.taps:][:t.taps]
			for k, w := range row {
				g.weights[(first(at+j)-g.from+k)*groupSize+j] = w
			}
		}
		b.groups = append(b.groups, g)
	}
	return b
}

// polyphase is one stream through a bank.
type polyphase struct {
	*polyphaseBank
	start int // the period's first input in the buffer; negative once that is dropped
	group int // the group to come
}

func (p *polyphase) reset() { p.start, p.group = 0, 0 }

// convert appends the groups whose inputs are all in buf, and returns how many
// inputs are not needed any more.
func (p *polyphase) convert(dst, buf []float32) (out []float32, passed int) {
	n := p.ready(len(buf) - p.taps - p.start)
	at := len(dst)
	outputs := p.outputs(p.group+n) - p.outputs(p.group)
	dst = slices.Grow(dst, outputs)[:at+outputs]
	for i := range min(n, len(p.groups)) {
		g := &p.groups[(p.group+i)%len(p.groups)]
		periods := (n - i + len(p.groups) - 1) / len(p.groups)
		p.product(dst[at:], buf[p.first(p.group+i):], g, periods)
		at += g.outputs
	}
	p.start, p.group = p.start+(p.group+n)/len(p.groups)*p.step, (p.group+n)%len(p.groups)
	passed = min(p.first(p.group), len(buf))
	p.start -= passed
	return dst, passed
}

// ready returns how many groups from the next on begin at last or before, counted
// in inputs from the period's start.
func (p *polyphase) ready(last int) int {
	if last < 0 {
		return 0
	}
	rest := last % p.step
	in := sort.Search(len(p.groups), func(i int) bool { return p.groups[i].from > rest })
	return max(0, last/p.step*len(p.groups)+in-p.group)
}

// first returns where in the buffer a group begins, counted from the period's.
func (p *polyphase) first(group int) int {
	return p.start + group/len(p.groups)*p.step + p.groups[group%len(p.groups)].from
}

// outputs returns how many outputs a period has before a group.
func (p *polyphase) outputs(group int) int {
	return group/len(p.groups)*p.period + group%len(p.groups)*groupSize
}

// product writes a group of so many periods.
func (p *polyphase) product(dst, x []float32, g *polyphaseGroup, periods int) {
	var y [32 * groupSize]float32
	for periods > 0 {
		n := min(periods, len(y)/groupSize)
		polyphaseProduct(y[:n*groupSize], x, g.weights, n, p.taps, p.step)
		for r := range n {
			copy(dst[r*p.period:], y[r*groupSize:][:g.outputs])
		}
		if periods -= n; periods > 0 {
			dst, x = dst[n*p.period:], x[n*p.step:]
		}
	}
}

// polyphaseGo is a product of matrices: of the stretches of taps values of x, the
// next one stride further on, and the columns of w.
//
//	y[r*16+j] = sum over i of x[r*stride+i] * w[i*16+j]
//
// Where the processor can, products are added without being rounded first.
func polyphaseGo(y, x, w []float32, rows, taps, stride int) {
	w = w[:taps*groupSize]
	for r := range rows {
		var s [groupSize]float32
		for i, v := range x[r*stride:][:taps] {
			for j, c := range (*[groupSize]float32)(w[i*groupSize:]) {
				s[j] += v * c
			}
		}
		copy(y[r*groupSize:], s[:])
	}
}
