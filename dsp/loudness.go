package dsp

import "math"

const (
	// LowestLoudnessRate is the lowest rate that loudness is measured at, in Hz:
	// below, the filters are too near the end of the band.
	LowestLoudnessRate = 8000

	// Loudness is measured in blocks of 400 ms that begin every 100 ms.
	momentarySteps   = 4  // 400 ms
	shortTermSteps   = 30 // 3 s
	absoluteGate     = -70.0
	relativeGate     = -10.0
	histogramPerLU   = 100
	histogramTop     = 20.0 // LUFS; louder blocks count into the last class
	histogramClasses = (histogramTop - absoluteGate) * histogramPerLU
)

// Loudness measures loudness after ITU-R BS.1770-4 and EBU R 128 (momentary,
// short-term, integrated) and true peak, of audio of any length in constant
// memory.
//
// For the gate of the integrated loudness the blocks are kept as a histogram in
// steps of 0.01 LU with the exact energy of each class, so only the gate's own
// place is rounded.
type Loudness struct {
	rate     int
	step     int       // frames in 100 ms
	channels []float64 // what the power of each counts
	weight   []kWeighting
	peaks    []truePeak

	sum    float64                 // of squares in the running step, as channels count
	frames int                     // in the running step
	steps  [shortTermSteps]float64 // sums of the last steps, a ring
	next   int                     // where the next goes
	done   int64                   // steps finished
	counts []int64                 // histogram: blocks
	powers []float64               // histogram: their mean squares, summed
}

// NewLoudness returns a meter for interleaved channels of a rate of
// LowestLoudnessRate or more, in Hz. The power of each channel is weighted by its
// place: those of mono and stereo count 1, and BS.1770-4 has 0 for low-frequency effects
// and 1.41 for surrounds.
func NewLoudness(rate int, channels []float64) *Loudness {
	l := &Loudness{
		rate:     rate,
		step:     (rate + 5) / 10,
		channels: channels,
		weight:   make([]kWeighting, len(channels)),
		peaks:    make([]truePeak, len(channels)),
		counts:   make([]int64, histogramClasses),
		powers:   make([]float64, histogramClasses),
	}
	l.Reset()
	return l
}

// Step is how many frames Momentary and ShortTerm move by: 100 ms.
func (l *Loudness) Step() int { return l.step }

// Reset forgets everything measured.
func (l *Loudness) Reset() {
	for c := range l.channels {
		l.weight[c] = kWeightingAt(l.rate)
		l.peaks[c] = truePeak{}
	}
	l.sum, l.frames, l.next, l.done = 0, 0, 0, 0
	l.steps = [shortTermSteps]float64{}
	clear(l.counts)
	clear(l.powers)
}

// Write measures whole interleaved frames. It allocates nothing.
func (l *Loudness) Write(p []float32) {
	channels := len(l.channels)
	for len(p) > 0 {
		n := min(len(p)/channels, l.step-l.frames)
		if n == 0 {
			return // less than a frame
		}
		part := p[:n*channels]
		for c, share := range l.channels {
			l.sum += float64(share * l.weight[c].energy(part[c:], channels))
			l.peaks[c].write(part[c:], channels)
		}
		l.frames += n
		p = p[len(part):]
		if l.frames == l.step {
			l.finishStep()
		}
	}
}

// finishStep closes 100 ms and the block of 400 ms that ends with them.
func (l *Loudness) finishStep() {
	l.steps[l.next] = l.sum
	l.next = (l.next + 1) % shortTermSteps
	l.done++
	l.sum, l.frames = 0, 0
	if l.done < momentarySteps {
		return
	}
	power := l.power(momentarySteps)
	loudness := lufs(power)
	if !(loudness >= absoluteGate) || math.IsInf(power, 1) { // nor NaN
		return
	}
	class := int(math.Min((loudness-absoluteGate)*histogramPerLU, histogramClasses-1))
	l.counts[class]++
	l.powers[class] += power
}

// power is the mean square over the last n finished steps.
func (l *Loudness) power(n int) float64 {
	sum := 0.0
	for i := 1; i <= n; i++ {
		sum += l.steps[(l.next-i+shortTermSteps)%shortTermSteps]
	}
	return sum / float64(n*l.step)
}

// Momentary returns the loudness of the last 400 ms in LUFS, as of the last
// full 100 ms. Before there are 400 ms, silence stands for the missing part.
func (l *Loudness) Momentary() float64 { return lufs(l.power(momentarySteps)) }

// ShortTerm returns the loudness of the last 3 s in LUFS, as Momentary does.
func (l *Loudness) ShortTerm() float64 { return lufs(l.power(shortTermSteps)) }

// Integrated returns the gated loudness of everything measured in LUFS: the
// mean of all blocks above -70 LUFS that are not more than 10 LU below the mean
// of those. Without any such block it returns -Inf.
func (l *Loudness) Integrated() float64 {
	n, power := l.above(0)
	if n == 0 {
		return math.Inf(-1)
	}
	gate := lufs(power/float64(n)) + relativeGate
	// The class in which the gate falls counts as above it, the last one always.
	class := math.Min(math.Max((gate-absoluteGate)*histogramPerLU, 0), histogramClasses-1)
	n, power = l.above(int(class))
	return lufs(power / float64(n))
}

// above counts the blocks from a class on and sums their mean squares.
func (l *Loudness) above(class int) (n int64, power float64) {
	for i := class; i < len(l.counts); i++ {
		n += l.counts[i]
		power += l.powers[i]
	}
	return n, power
}

// TruePeak returns the largest true peak of any channel in dBTP, -Inf for
// silence.
func (l *Loudness) TruePeak() float64 {
	peak := float32(0)
	for c := range l.peaks {
		peak = max(peak, l.peaks[c].peak)
	}
	return DB(float64(peak))
}
