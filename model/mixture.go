package model

import (
	"math"
	"unsafe"

	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model/internal/kernel"
)

// While a voice is heard, the output is a deep filter's and, for a share, that of the light
// network, which learned from other voices: their errors differ, so a mean has fewer. Of a
// voice that the deep filter takes for noise, it is the light one's alone; in pauses, where
// the deep filter removes more, the deep filter's. The numbers were chosen on mixes: see
// MODEL_CARD.md.

// shares are of the light network's output.
type shares struct {
	voice float32 // while a voice is heard

	// clean is the share of a voice that is clean: what is wrong then is what was taken, and
	// of that a mean has less. It is reached as the voice rises from cleanFrom to cleanWhole,
	// in dB above the noise.
	clean float32

	// room is the share as the deep filter leaves roomFrom to roomWhole dB less of the voice
	// than the light network does, as in rooms.
	room float32
}

// The deep filter that looks ahead makes few errors in noise: a mean has hardly fewer.
var (
	sharesAhead  = shares{voice: 0.04, clean: 0.6, room: 0.05}
	sharesAtOnce = shares{voice: 0.15, clean: 0.45, room: 0.45}
)

const (
	cleanFrom  = 22
	cleanWhole = 32
	roomFrom   = 0
	roomWhole  = 2

	// mixtureRelease is how fast a voice that has ended is forgotten, per hop: half in 0.14 s.
	mixtureRelease = 0.95

	// The deep filter does not know a voice of which it leaves so many dB less: from
	// strangeFrom on in part, from strangeWhole on altogether.
	strangeFrom  = 4
	strangeWhole = 8

	// keptRate is how fast the levels follow that this is measured by, per hop of speech:
	// 1 / (0.25 s). They count from keptKnown on, after 30 ms of speech in part.
	keptRate  = 0.04
	keptKnown = 3 * keptRate
)

// mixture is a deep filter and a light network that hear the same.
type mixture struct {
	deep   *deep
	light  *light
	shares shares
}

// mixed returns the mixture of a deep filter and a light network, under the first one's name.
func mixed(w, l *Weights) *Weights {
	m := &mixture{w.net.(*deep), l.net.(*light), sharesAtOnce}
	if m.lookahead() > 0 {
		m.shares = sharesAhead
	}
	return &Weights{name: w.name, net: m}
}

func (m *mixture) kind() string      { return m.deep.kind() }
func (m *mixture) lookahead() int    { return m.deep.lookahead() }
func (m *mixture) delay() int        { return m.deep.delay() }
func (m *mixture) multiplyAdds() int { return m.deep.multiplyAdds() + m.light.multiplyAdds() }

func (m *mixture) newStream(k *kernel.Set) stream {
	s := &mixtureStream{
		deep: m.deep.newStream(k).(*deepStream), light: m.light.newStream(k).(*lightStream),
		shares:  m.shares,
		waiting: make([]lightHop, m.lookahead()+1),
	}
	s.light.unbound = true
	return s
}

// mixtureStream is such a pair on one stream.
type mixtureStream struct {
	deep   *deepStream
	light  *lightStream
	shares shares

	// waiting holds what light made of the last hops until deep, which looks ahead, has
	// answered for them: a ring.
	waiting []lightHop
	newest  int

	heard     float32 // 1 while it does, then falling
	share     float32 // of light at the end of the last hop
	keptDeep  float32 // mean amplitude of the voice, as deep leaves it
	keptLight float32 // and as light does
	known     float32 // weight of both means, up to 1

	input  float32 // energy of the hop that was handed in last
	makeup makeup
}

// lightHop is a hop of the light network's output, how sure it is of a voice there, and the
// energy of the hop that came in.
type lightHop struct {
	wet           [dsp.Hop]float32
	speech, input float32
}

func (s *mixtureStream) bytes() int {
	return int(unsafe.Sizeof(*s)) + len(s.waiting)*int(unsafe.Sizeof(s.waiting[0])) + s.deep.bytes() + s.light.bytes()
}

func (s *mixtureStream) reset() {
	s.deep.reset()
	s.light.reset()
	clear(s.waiting)
	s.heard, s.share, s.keptDeep, s.keptLight, s.known = 0, 0, 0, 0, 0
	s.input, s.makeup = 0, makeup{}
}

func (s *mixtureStream) listen(hop []float32, w *stopwatch) {
	s.deep.listen(hop, w)
	s.light.listen(hop, w)
	// What light gives out for this hop is the one before.
	s.waiting[(s.newest+1)%len(s.waiting)].input, s.input = s.input, dsp.Energy(hop)
}

func (s *mixtureStream) render(wet []float32, w *stopwatch) {
	s.deep.render(wet, w)
	s.newest = (s.newest + 1) % len(s.waiting)
	latest := &s.waiting[s.newest]
	s.light.render(latest.wet[:], w)
	latest.speech = s.light.speech()
	due := s.due()
	s.mix(wet, due)
	s.makeup.apply(wet, due.input, due.speech)
	w.end(StageOutput)
}

// due is light's hop that came in when the one did that deep has answered for.
func (s *mixtureStream) due() *lightHop { return &s.waiting[(s.newest+1)%len(s.waiting)] }

// mix adds light's share of a hop to deep's, wet.
func (s *mixtureStream) mix(wet []float32, due *lightHop) {
	s.compare(wet, due)
	s.heard *= mixtureRelease
	for i := range s.waiting { // the hops that follow, too: a word has its share from its beginning
		s.heard = max(s.heard, min(1, s.waiting[i].speech/voiceSure))
	}
	from, to := s.share, s.heard*s.wanted()
	s.share = to
	step := (to - from) / dsp.Hop
	for i, v := range due.wet[:len(wet)] {
		wet[i] += (from + step*float32(i+1)) * (v - wet[i])
	}
}

// wanted is light's share of a voice.
func (s *mixtureStream) wanted() float32 {
	of := s.shares
	clean := ramp(s.makeup.snr, cleanFrom, cleanWhole) * (of.clean - of.voice)
	room := ramp(s.less(), roomFrom, roomWhole) * s.knows() * (of.room - of.voice)
	return max(of.voice+max(clean, room), s.strange())
}

// compare follows what both leave of a voice.
func (s *mixtureStream) compare(wet []float32, due *lightHop) {
	rate := keptRate * max(0, 2*due.speech-1)
	if rate == 0 {
		return
	}
	s.known += rate * (1 - s.known)
	s.keptDeep += rate * (amplitude(wet) - s.keptDeep)
	s.keptLight += rate * (amplitude(due.wet[:]) - s.keptLight)
}

// amplitude is the root of a hop's energy.
func amplitude(hop []float32) float32 { return float32(math.Sqrt(float64(dsp.Energy(hop)))) }

// strange is from 0, deep leaves as much of the voice as light does, to 1, it takes it for noise.
func (s *mixtureStream) strange() float32 {
	return ramp(s.less(), strangeFrom, strangeWhole) * s.knows()
}

// less is by how many dB deep leaves less of a voice than light does.
func (s *mixtureStream) less() float32 {
	const floor = 1e-9
	return 2 * decibels(s.keptLight+floor, s.keptDeep+floor)
}

// knows is from 0 to 1 how far what both leave is known.
func (s *mixtureStream) knows() float32 { return min(1, s.known/keptKnown) }

// ramp rises from 0 at low to 1 at high.
func ramp(v, low, high float32) float32 { return min(1, max(0, (v-low)/(high-low))) }

// speech is how sure deep is, or light of a voice that deep takes for noise.
func (s *mixtureStream) speech() float32 { return max(s.deep.speech(), s.strange()*s.due().speech) }

func (s *mixtureStream) raise(other stream) {
	o := other.(*mixtureStream)
	s.deep.raise(o.deep)
	s.light.raise(o.light)
	s.makeup.gain = max(s.makeup.gain, o.makeup.gain)
}

func (s *mixtureStream) follow(other stream) {
	o := other.(*mixtureStream)
	s.deep.follow(o.deep)
	s.light.follow(o.light)
	s.makeup.gain = o.makeup.gain
}
