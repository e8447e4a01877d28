package dsp

// Dereverb takes late reverberation away: what a room still plays of a voice 50 ms
// later. It delays by DereverbDelay samples.
//
// K. Lebart, J. Boucher and P. Denbigh, "A new method based on spectral
// subtraction for speech dereverberation" (Acta Acustica 87, 2001): the late
// part of a bin's power is its power 50 ms ago times what the room's decay
// leaves of it, and is subtracted. They measure the decay beforehand. Here it is
// found from the voice itself, in eight bands: a room lets nothing fade faster
// than its own decay does, so the fastest falls are the room's. A dry voice
// stops much faster, so hardly anything is subtracted from it, and neither where
// the suppressor has removed the room already.
type Dereverb struct {
	analyzer    Analyzer
	synthesizer Synthesizer
	spec        [Bins]complex64
	past        [roomLag][Bins]float32 // smoothed powers, a ring
	at          int
	power       [Bins]float32 // smoothed, of the last hop
	gain        [Bins]float32
	left        [roomBands]float32 // share of the power that fastest falls leave after 50 ms
	loud        [roomBands]float32 // power of the band when it is loud

	subtract float32 // how much of the estimate to subtract
	floor    float32
}

const (
	// DereverbDelay is the delay of a Dereverb in samples: 10 ms.
	DereverbDelay = Hop

	roomLag   = 5 // hops, 50 ms
	roomBands = 8
	roomDry   = 0.00316 // -25 dB; falls of a dry voice are faster still
	roomWet   = 0.8     // -1 dB, 3 s of reverberation
	// A tenth of all hops may fall faster: steps of -0.9 dB for those and +0.1 dB
	// for the others balance there.
	roomFaster  = 0.8128
	roomSlower  = 1.0233
	roomActive  = 1.0 / 30
	roomForget  = 0.998 // of the loud level per hop: 1 dB in 1.1 s
	roomSmooth  = 0.5
	roomSilence = 1e-20 // power of a bin; -200 dB
)

// roomEdges are the bands' first bins, and the last one's end.
var roomEdges = [roomBands + 1]int{1, 6, 14, 26, 44, 70, 110, 180, Bins - 1}

// NewDereverb returns a reducer by 8 dB, a strong one by 16 dB that also subtracts
// more.
func NewDereverb(strong bool) *Dereverb {
	r := &Dereverb{subtract: 2, floor: float32(Gain(-8))}
	if strong {
		r.subtract, r.floor = 3, float32(Gain(-16))
	}
	r.Reset()
	return r
}

// Reset forgets the room.
func (r *Dereverb) Reset() {
	*r = Dereverb{subtract: r.subtract, floor: r.floor}
	for i := range r.gain {
		r.gain[i] = 1
	}
	for b := range r.left {
		r.left[b] = roomDry
	}
}

// Process takes one hop (Hop samples) and replaces it by the one before,
// cleaned.
func (r *Dereverb) Process(hop []float32) {
	r.analyzer.Analyze(r.spec[:], hop[:Hop])
	late := &r.past[r.at]
	for b := range roomBands {
		r.band(b, late)
	}
	*late = r.power
	r.at = (r.at + 1) % roomLag
	r.synthesizer.Synthesize(hop[:Hop], r.spec[:])
}

// band cleans one band of the spectrum, then learns from it.
func (r *Dereverb) band(b int, late *[Bins]float32) {
	now, then := float32(0), float32(0)
	// A dry voice has nothing subtracted.
	subtract := r.subtract * (r.left[b] - roomDry)
	for k := roomEdges[b]; k < roomEdges[b+1]; k++ {
		x := r.spec[k]
		p := float32(real(x)*real(x)) + float32(imag(x)*imag(x))
		p = roomSmooth*r.power[k] + (1-roomSmooth)*p
		if p < roomSilence { // before it decays into denormal numbers
			p = 0
		}
		r.power[k] = p
		now += p
		then += late[k]
		g := max(1-float32(subtract*late[k])/(p+roomSilence), r.floor)
		// What rises is speech and comes at once, what falls fades.
		g = 0.5 * (g + max(g, r.gain[k]))
		r.gain[k] = g
		r.spec[k] = complex(real(x)*g, imag(x)*g)
	}
	r.learn(b, now, then)
}

// learn follows the fastest falls of a band: a quantile, found by steps whose
// sizes balance where the wanted share falls faster.
func (r *Dereverb) learn(b int, now, then float32) {
	if now-now != 0 { // not a number, nothing behind it is any good
		r.Reset()
		return
	}
	r.loud[b] = max(r.loud[b]*roomForget, then)
	if then < roomActive*r.loud[b] || then < 1e-6 {
		return
	}
	if now < then*r.left[b] {
		r.left[b] *= roomFaster
	} else {
		r.left[b] *= roomSlower
	}
	r.left[b] = min(max(r.left[b], roomDry), roomWet)
}
