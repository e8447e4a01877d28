package dsp

// MaxDrift is how far a DriftResampler goes from 1:1, in parts per million.
// Quartz clocks of two devices differ by less than 100; the rest is for
// bringing a queue back to its target.
const MaxDrift = 1000

const (
	// driftTaps are 0.5 ms to either side: flat to 20 kHz, and images of
	// whatever lies below 20 kHz more than 100 dB down.
	driftTaps   = 48
	driftPhases = 512
)

// driftTable halves the amplitude at 24 kHz, the middle between 20 kHz to keep
// and its first image at 28 kHz: the transition of 48 taps is 6.8 kHz wide, so
// it spans 20.6 to 27.4 kHz.
var driftTable = newSincTable(driftTaps, driftPhases, 0.5, resampleDepth)

// Resampler changes the rate of a live stream by a few parts per million, to
// match two devices' clocks. The ratio may change with every block; the phase
// is continuous and the ratio moves in a straight line, so no change is heard.
// It delays by 24 samples, allocates nothing, and belongs to one
// goroutine.
//
// Images stay below -95 dBFS for signals up to 20 kHz.
type Resampler struct {
	buf    [driftTaps + driftBlock + lanes]float32 // the last are read, and not used
	n      int                                     // samples in buf
	at     float64                                 // where in buf the next output's first tap lies
	step   float64                                 // input samples per output sample, now
	target float64                                 // and where it goes

	y, parts [driftRun]float32 // of run
}

// driftRun is how many outputs are computed together at most.
const driftRun = 64

// driftBlock is how many input samples are taken at a time.
const driftBlock = Hop

// NewResampler returns a Resampler at a ratio of 1, standing after silence.
func NewResampler() *Resampler {
	r := new(Resampler)
	r.Reset()
	return r
}

// Reset forgets the past and returns to a ratio of 1.
func (r *Resampler) Reset() {
	*r = Resampler{n: driftTaps - 1, step: 1, target: 1}
}

// SetDrift sets how many more samples come out than go in, in parts per million:
// 100 turns 1,000,000 samples into 1,000,100. Values beyond ±MaxDrift are cut.
// The next Process moves there over its block.
func (r *Resampler) SetDrift(ppm float64) {
	ppm = min(max(ppm, -MaxDrift), MaxDrift)
	if ppm != ppm { // NaN would stop the stream for ever
		ppm = 0
	}
	r.target = 1 / (1 + ppm*1e-6)
}

// Room returns how many samples Process may write for n samples of input.
func Room(n int) int { return n + n*MaxDrift/1_000_000 + 2 }

// Process resamples src into dst and returns how many samples it wrote. dst
// must have Room(len(src)) samples and not overlap src.
func (r *Resampler) Process(dst, src []float32) int {
	_ = dst[:Room(len(src))]
	glide := 0.0
	if len(src) > 0 {
		glide = (r.target - r.step) / float64(len(src))
	}
	written := 0
	for len(src) > 0 {
		n := copy(r.buf[r.n:], src[:min(len(src), driftBlock)])
		r.n += n
		src = src[n:]
		written += r.drain(dst[written:], glide)
	}
	r.step = r.target
	return written
}

// drain writes all that the buffered samples allow and drops those passed.
func (r *Resampler) drain(dst []float32, glide float64) (written int) {
	for int(r.at)+driftTaps <= r.n {
		written += r.run(dst[written:], glide)
	}
	drop := min(int(r.at), r.n)
	r.n = copy(r.buf[:], r.buf[drop:r.n])
	r.at -= float64(drop)
	return written
}

// run writes the next outputs, each one sample after the last, that lie between the
// same two phases: ten of them at a drift of 200 parts per million.
func (r *Resampler) run(dst []float32, glide float64) int {
	first := int(r.at)
	row := int((r.at - float64(first)) * driftPhases)
	n := 0
	for most := min(driftRun, r.n-driftTaps-first+1); n < most; n++ {
		part := (r.at-float64(first+n))*driftPhases - float64(row)
		if part < 0 || part >= 1 { // between others
			break
		}
		r.parts[n] = float32(part)
		r.at += r.step
		r.step += glide
	}
	weights := driftTable.rows[row*driftTaps:]
	glideFilter(r.y[:], r.buf[first:], weights[:driftTaps], weights[driftTaps:][:driftTaps], r.parts[:], n)
	return copy(dst, r.y[:n])
}

// glideFilterGo writes n outputs of a filter that moves from the weights a to b:
//
//	y[i] = (1-part[i]) * (sum over k of x[i+k]*a[k]) + part[i] * (sum over k of x[i+k]*b[k])
func glideFilterGo(y, x, a, b, part []float32, n int) {
	b = b[:len(a)]
	for i := range n {
		var sa, sb float32
		for k, v := range x[i:][:len(a)] {
			sa += float32(v * a[k])
			sb += float32(v * b[k])
		}
		y[i] = sa + float32(part[i]*(sb-sa))
	}
}
