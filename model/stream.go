package model

import "github.com/stillmic/stillmic/model/internal/kernel"

// architecture is a network as its file describes it: packed, shared by any number
// of streams, and never changed.
type architecture interface {
	// kind is what Weights.Kind returns.
	kind() string
	// lookahead is how many hops the network hears before it answers for one.
	lookahead() int
	// delay is by how many samples the output lies behind the input, whole hops.
	delay() int
	// multiplyAdds counts those of the network's products for one hop.
	multiplyAdds() int
	// newStream returns a stream that stands after silence.
	newStream(k *kernel.Set) stream
}

// stream is a network that hears one stream: its states, and the transforms before and
// after it. It belongs to a Suppressor.
type stream interface {
	// listen takes the next hop of 480 samples, up to the network's answer.
	listen(hop []float32, w *stopwatch)
	// render applies the answer and writes the cleaned hop that is due: it came in
	// delay samples before the last.
	render(wet []float32, w *stopwatch)
	// speech is how sure the network is that the hop that was rendered holds speech.
	speech() float32
	// raise takes over of another stream of the same network what that lets through more of.
	raise(other stream)
	// follow makes the answer that of another stream of the same network.
	follow(other stream)
	// reset forgets the past.
	reset()
	// bytes is the memory of the stream.
	bytes() int
}

// limitedStream is a stream that keeps to the attenuation limit by its gains: its filters turn
// phases, so that a sum of what they give and the input takes away more than either.
type limitedStream interface {
	stream
	// bound has the next hop that is rendered go over from one share of the input, which each
	// frequency keeps at least, to another. With a share of 1 nothing is changed.
	bound(from, to float32)
	// energies are those of the hop that was rendered, before the gains and after them, with no
	// limit.
	energies() (came, left float32)
}
