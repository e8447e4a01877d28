package dsp

// Limiter keeps the true peak, as BS.1770-4 measures it at four times the rate,
// below a ceiling without distorting what is not too loud. It looks a little
// ahead, lowers the gain in a straight line before a peak and lets it rise again
// slowly. A signal below the ceiling passes bit by bit. It delays by LimiterDelay
// samples and allocates nothing. Several channels get one gain, that of the
// loudest, so that the picture between the loudspeakers stays where it is.
//
// The gain each sample needs is held down for the look-ahead (a sliding
// minimum), released slowly, and averaged over the look-ahead. All the values
// averaged when a peak comes out are low enough for it, so it never exceeds the
// ceiling.
type Limiter struct {
	ceiling  float32
	channels [][LimiterDelay + Hop]float32 // input of each, the oldest first
	gains    [Hop]float32                  // of the samples that come out

	minimum slidingMin
	held    float64                   // after release; float32 would not arrive at 1
	average [limiterLookAhead]float32 // the last values of held, a ring
	at      int
	sum     float64
	lowest  float32
}

const (
	// limiterLookAhead is 1 ms: short enough for a call, long enough that the
	// fall of the gain is no click.
	limiterLookAhead = SampleRate / 1000

	// LimiterDelay is the delay of a Limiter in samples (1.23 ms): the
	// look-ahead, and what the true peak of a sample needs to be known.
	LimiterDelay = limiterLookAhead - 1 + truePeakDelay

	// limiterRelease brings the gain back by 63 % in 80 ms.
	limiterRelease = 1 / (0.080 * SampleRate)

	// limiterStep is for how many samples at a time it is asked whether there
	// can be a true peak.
	limiterStep = 16

	// limiterHold is how many values a low gain is held for: those averaged for
	// its sample, and one more, as the peak may lie after the sample.
	limiterHold = limiterLookAhead + 1
)

// NewLimiter returns a limiter of one channel or more, which get one gain, with a ceiling in
// dBTP, at most 0. For speech on a call -1 dBTP leaves room for what a codec adds.
func NewLimiter(ceilingDB float64, channels int) *Limiter {
	l := &Limiter{ceiling: float32(Gain(min(ceilingDB, 0))), channels: make([][LimiterDelay + Hop]float32, channels)}
	l.Reset()
	return l
}

// Reset forgets the past.
func (l *Limiter) Reset() {
	clear(l.channels)
	*l = Limiter{ceiling: l.ceiling, channels: l.channels, held: 1, lowest: 1, sum: limiterLookAhead}
	for i := range l.average {
		l.average[i] = 1
	}
	l.minimum.reset()
}

// Reduction returns by how many dB the gain was lowered at most since the last
// call, 0 or more.
func (l *Limiter) Reduction() float64 {
	dB := -DB(float64(l.lowest))
	l.lowest = 1
	return max(dB, 0)
}

// Process limits samples of every channel, as many of each, in place: what comes
// out entered LimiterDelay samples before.
func (l *Limiter) Process(channels ...[]float32) {
	for at := 0; at < len(channels[0]); at += Hop {
		l.hop(channels, at, min(len(channels[0])-at, Hop))
	}
}

// hop limits n samples from at on, up to Hop.
func (l *Limiter) hop(channels [][]float32, at, n int) {
	// True peaks are searched for only where the samples make one possible.
	quiet := true
	for c := range l.channels {
		x := l.channels[c][:LimiterDelay+n]
		copy(x[LimiterDelay:], channels[c][at:])
		quiet = quiet && largest(x)*truePeakGrowth <= l.ceiling // false for NaN
	}
	still := quiet && l.idle()
	if !still {
		gains := l.gains[:n]
		for i := range gains {
			gains[i] = 1
		}
		for c := 0; c < len(l.channels) && !quiet; c++ {
			l.demand(gains, l.channels[c][:LimiterDelay+n])
		}
		l.smooth(gains)
	}
	for c := range l.channels {
		x, p := l.channels[c][:LimiterDelay+n], channels[c][at:][:n]
		if still {
			copy(p, x)
		} else {
			l.apply(p, x)
		}
		copy(x, x[n:])
	}
}

// demand lowers gains to what the newest samples of x need.
func (l *Limiter) demand(gains, x []float32) {
	var points [limiterStep]float32
	x = x[LimiterDelay-truePeakTaps+1:]
	for len(gains) > 0 {
		n := min(limiterStep, len(gains))
		near := x[:n+truePeakTaps-1] // what the true peaks of n samples hang on
		if !(largest(near)*truePeakGrowth <= l.ceiling) {
			between(points[:n], near)
			for i, point := range points[:n] {
				mid := near[i+truePeakTaps/2-1]
				gains[i] = min(gains[i], l.needed(max(mid, -mid, point)))
			}
		}
		gains, x = gains[n:], x[n:]
	}
}

// apply writes the oldest samples of x with the gains to p.
func (l *Limiter) apply(p, x []float32) {
	for i, g := range l.gains[:len(p)] {
		y := x[i]
		if y-y != 0 { // NaN or infinite: nothing behind could bear it
			y = 0
		}
		// The gain moves between samples too; the little that adds to a sample
		// is cut off here.
		if y *= g; y > l.ceiling {
			y = l.ceiling
		} else if y < -l.ceiling {
			y = -l.ceiling
		}
		p[i] = y
	}
}

// idle says that the gain is 1 and nothing is about to change it. Time stands
// still in that state.
func (l *Limiter) idle() bool {
	return l.held == 1 && l.sum == limiterLookAhead && l.minimum.count > 0 && l.minimum.value[l.minimum.first] == 1
}

// needed returns the gain that brings a peak to the ceiling.
func (l *Limiter) needed(peak float32) float32 {
	if peak > l.ceiling { // false for NaN
		return l.ceiling / peak
	}
	return 1
}

// smooth takes the gains that the newest samples need and puts in their places those
// of the samples that are limiterLookAhead-1 older.
func (l *Limiter) smooth(gains []float32) {
	held, sum, at, lowest := l.held, l.sum, l.at, l.lowest
	for i, g := range gains {
		low := float64(l.minimum.next(g))
		held += float64(limiterRelease * (1 - held))
		if 1-held < 1e-6 { // 0.00001 dB: back to bit-exact
			held = 1
		}
		if low < held {
			held = low
		}
		newest := float32(held)
		sum += float64(newest) - float64(l.average[at])
		l.average[at] = newest
		if at++; at == limiterLookAhead {
			at = 0
		}
		if g = float32(sum * (1.0 / limiterLookAhead)); g > 1 {
			g = 1
		}
		gains[i] = g
		if g < lowest {
			lowest = g
		}
	}
	l.held, l.sum, l.at, l.lowest = held, sum, at, lowest
}

// slidingMin is the minimum of the last limiterHold values. It keeps those that
// can still become the minimum, rising, so that each value enters and leaves
// once.
type slidingMin struct {
	value [slidingSize]float32
	when  [slidingSize]int64
	first int
	count int
	now   int64
}

// slidingSize is the power of two that holds limiterHold values.
const slidingSize = 64

func (m *slidingMin) reset() { m.first, m.count, m.now = 0, 0, 0 }

// next takes a value and returns the minimum.
func (m *slidingMin) next(v float32) float32 {
	now := m.now
	m.now++
	first := m.first & (slidingSize - 1)
	if m.count == 1 && v <= m.value[first] { // as a rule: 1 after 1
		m.value[first], m.when[first] = v, now
		return v
	}
	if m.count > 0 && m.when[first] <= now-limiterHold {
		first = (first + 1) & (slidingSize - 1)
		m.count--
	}
	for m.count > 0 && m.value[(first+m.count-1)&(slidingSize-1)] >= v {
		m.count--
	}
	i := (first + m.count) & (slidingSize - 1)
	m.value[i], m.when[i] = v, now
	m.count++
	m.first = first
	return m.value[first]
}
