package voiceprint

import (
	"math"

	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model/internal/kernel"
	"github.com/stillmic/stillmic/model/internal/voicebands"
)

// Values are where a voice lies among all others: Size numbers whose squares add up to 1. The
// product of two is how much they resemble each other, 1 at most.
type Values [Size]float32

func (v *Values) normalise() {
	sum := float64(0)
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	scale := float32(1 / (math.Sqrt(sum) + 1e-6))
	for i := range v {
		v[i] *= scale
	}
}

// resembles is the product of two.
func (v *Values) resembles(other *Values) (sum float32) {
	for i, x := range v {
		sum += x * other[i]
	}
	return sum
}

const (
	hopsPerFrame  = 2                          // 20 ms
	blockFrames   = 5                          // 100 ms
	blockHops     = blockFrames * hopsPerFrame // of a block
	listenerDelay = hopsPerFrame * (reach + 1) // hops that the end of a block is known later, at most
	blockSeconds  = float64(blockHops) * 0.01  // of a block
	fullBlock     = float32(blockFrames) * 0.5 // the weight of a block of nothing but voice, about
	surelySpeech  = float32(0.5)               // what the suppressor says of a hop that counts
)

// sums are over the frames of some time: of how much each says, and of what, and its square.
type sums struct {
	weight        float32
	voiced        float32 // frames with a voice
	value, square [wide]float32
}

func (s *sums) add(k *worker, other *sums) {
	s.weight += other.weight
	s.voiced += other.voiced
	k.Add(s.value[:], other.value[:])
	k.Add(s.square[:], other.square[:])
}

// listener hears a stream without noise and gathers a block's sums every 100 ms.
type listener struct {
	analyzer dsp.Analyzer
	spec     [dsp.Bins]complex64
	features features
	stream   stream
	voiced   [reach + 1]bool // of the frames that the network has not answered for, a ring
	speech   float32         // of the hop before
	frames   int             // heard
	block    sums
	done     sums
}

func newListener(n *network) *listener {
	l := &listener{stream: stream{network: n, kernels: newWorker(kernel.Best())}}
	l.reset()
	return l
}

// reset forgets what was heard.
func (l *listener) reset() {
	n, k := l.stream.network, l.stream.kernels
	*l = listener{features: features{kernels: k.Set}, stream: stream{network: n, kernels: k}}
	l.analyzer.Shape = dsp.Vorbis
}

// hear takes a hop and how sure the suppressor is, from 0 to 1, that it holds speech. It reports
// whether a block is done: the nth is after the hop (n+1)*blockHops + listenerDelay at the latest.
func (l *listener) hear(hop []float32, speech float32) bool {
	l.analyzer.Analyze(l.spec[:], hop)
	var power [bands]float32
	voicebands.Powers(power[:], l.spec[:])
	return l.hearPowers(&power, speech)
}

// hearPowers is hear for the powers of bands of the hop and the one before, of the window dsp.Vorbis.
func (l *listener) hearPowers(power *[bands]float32, speech float32) bool {
	before := l.speech
	l.speech = speech
	if !l.features.take(power) {
		return false
	}
	l.stream.hear(&l.features.row)
	now := l.frames % len(l.voiced)
	l.voiced[now] = l.features.voiced && max(before, speech) > surelySpeech
	l.frames++
	frame := l.frames - 1 - reach // which the network has answered for
	if frame < 0 {
		return false
	}
	if l.voiced[frame%len(l.voiced)] {
		l.count()
	}
	if (frame+1)%blockFrames != 0 {
		return false
	}
	l.done, l.block = l.block, sums{}
	return true
}

// count adds what the network says of a frame to the block.
func (l *listener) count() {
	w := l.stream.weight[0]
	l.block.weight += w
	l.block.voiced++
	for i, v := range l.stream.hidden {
		l.block.value[i] += w * v
		l.block.square[i] += w * v * v
	}
}
