package dsp

// interpolator converts by up/down where the ratio takes more phases than a table
// should have: it interpolates between those of the table.
type interpolator struct {
	table       *sincTable
	up          int
	whole, part int // by how many samples and phases an output moves on: down/up, down%up
	phase       int // the next output lies phase/up of a sample after its base
	skip        int // inputs that a long step leaves out, beyond the buffer
}

func (p *interpolator) reset() { p.phase, p.skip = 0, 0 }

// convert appends what the buffered inputs allow, and returns how many of them are
// not needed any more.
func (p *interpolator) convert(dst, buf []float32) (out []float32, passed int) {
	at := p.skip
	for ; at+p.table.taps <= len(buf); at += p.move() {
		f := float64(p.phase) / float64(p.up) * float64(p.table.phases)
		dst = append(dst, p.table.at(buf[at:], int(f), float32(f-float64(int(f)))))
	}
	passed = min(at, len(buf))
	p.skip = at - passed
	return dst, passed
}

// move goes on by an output and returns by how many inputs that is.
func (p *interpolator) move() int {
	if p.phase += p.part; p.phase >= p.up {
		p.phase -= p.up
		return p.whole + 1
	}
	return p.whole
}
