package echo

import "github.com/stillmic/stillmic/dsp"

// filter models the way from a loudspeaker to the microphone by a partitioned-block
// frequency-domain Kalman filter: Kuech, Mabande, Enzner, "State-space architecture of the
// partitioned-block-based acoustic echo controller" (ICASSP 2014). Each partition of a hop has
// the spectrum of its impulse response (w), and how uncertain that is (p).
type filter struct {
	w     []row
	p     [][stride]float32
	first []float32 // of p in the beginning, for each partition
	a     float32   // how much of a response stays as it is from hop to hop, squared

	noise [stride]float32 // what else is in the microphone: power of e, smoothed
	next  int             // partition to be constrained

	y, e   row // spectra of echo and error, then the error over its variance
	weight [stride]float32

	echo [dsp.Hop]float32 // what it takes for the echo
	left [dsp.Hop]float32 // the microphone without
}

const (
	// uncertain is the variance of what is not known: a loudspeaker as loud in the microphone
	// as what it is given has a response of about 1. Rooms fall silent, here by 60 dB in 420 ms: each
	// partition, 10 ms later, has less by uncertainFalls.
	uncertain, uncertainFalls = 1, 0.72

	// least is what part of the first variance a response may have changed by, however small it
	// is: where there was no echo, one may begin, as when somebody turns up the volume.
	least = 1e-2

	// noiseMemory smooths the power of the error, over two hops.
	noiseMemory = 0.5

	// leastVariance keeps from dividing by zero: far below one step of 24 bits.
	leastVariance = 1e-10
)

func newFilter(partitions int, transition float32) *filter {
	f := &filter{
		w: make([]row, partitions), p: make([][stride]float32, partitions), first: make([]float32, partitions),
		a: transition * transition,
	}
	u := float32(uncertain)
	for i := range f.first {
		f.first[i] = u
		u *= uncertainFalls
	}
	f.reset()
	return f
}

// reset forgets the response.
func (f *filter) reset() {
	clear(f.w)
	for i := range f.p {
		f.doubt(i)
	}
	f.noise = [stride]float32{}
}

// doubt makes a partition as uncertain as in the beginning.
func (f *filter) doubt(i int) {
	for k := range f.p[i] {
		f.p[i][k] = f.first[i]
	}
}

// copyFrom takes what another knows.
func (f *filter) copyFrom(o *filter) {
	copy(f.w, o.w)
	copy(f.p, o.p)
	f.noise = o.noise
}

// shift moves the response by so many partitions to the front, since the reference will come
// as much later; what is new is uncertain.
func (f *filter) shift(by int) {
	n := len(f.w)
	by = min(max(by, -n), n)
	from, to := 0, -by
	if by > 0 {
		copy(f.w, f.w[by:])
		copy(f.p, f.p[by:])
		from, to = n-by, n
	} else {
		copy(f.w[-by:], f.w)
		copy(f.p[-by:], f.p)
	}
	clear(f.w[from:to])
	for i := from; i < to; i++ {
		f.doubt(i)
	}
}

// estimate filters the reference and takes the result off the microphone's hop.
func (f *filter) estimate(t *work, x *history, mic []float32) {
	f.y = row{}
	for i := range f.w {
		accumulate(&f.y, x.row(i), &f.w[i])
	}
	f.y.join(t.spec[:])
	t.transform.Inverse(t.block[:], t.spec[:])
	copy(f.echo[:], t.block[dsp.Hop:])
	for i, v := range f.echo {
		f.left[i] = mic[i] - v
	}
}

// adapt learns from the error.
func (f *filter) adapt(t *work, x *history) {
	clear(t.block[:dsp.Hop])
	copy(t.block[dsp.Hop:], f.left[:])
	t.transform.Forward(t.spec[:], t.block[:])
	f.e.set(t.spec[:])
	f.weight = [stride]float32{}
	for i := range f.p {
		power(&f.weight, &f.p[i], x.row(i))
	}
	for k := range f.weight {
		now := float32(f.e.re[k]*f.e.re[k]) + float32(f.e.im[k]*f.e.im[k])
		f.noise[k] += (1 - noiseMemory) * (now - f.noise[k])
		r := 1 / (0.5*f.weight[k] + f.noise[k] + leastVariance)
		f.weight[k] = 0.5 * r
		f.e.re[k] *= r
		f.e.im[k] *= r
	}
	for i := range f.w {
		update(&f.w[i], &f.p[i], x.row(i), &f.e, &f.weight, f.a, least*f.first[i])
	}
	for range constrained {
		f.constrain(t, f.next)
		f.next = (f.next + 1) % len(f.w)
	}
}

// constrained is how many partitions are constrained after each hop.
const constrained = 5

// constrain makes a partition's response one of a hop again: what lies beyond comes of
// convolving in circles.
func (f *filter) constrain(t *work, i int) {
	f.w[i].join(t.spec[:])
	t.transform.Inverse(t.block[:], t.spec[:])
	clear(t.block[dsp.Hop:])
	t.transform.Forward(t.spec[:], t.block[:])
	f.w[i].set(t.spec[:])
}

// work is memory that all filters use in turns.
type work struct {
	transform dsp.Transform
	spec      [dsp.Bins]complex64
	block     [dsp.Window]float32
	mic       [dsp.Hop]float32
}
