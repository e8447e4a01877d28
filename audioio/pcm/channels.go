package pcm

import "slices"

// Channel takes one of n channels, counted from 0, out of interleaved frames. It uses the
// memory of dst where that is enough.
func Channel(dst, frames []float32, channel, n int) []float32 {
	dst = slices.Grow(dst[:0], len(frames)/n)[:len(frames)/n]
	for k := range dst {
		dst[k] = frames[k*n+channel]
	}
	return dst
}

// SetChannel puts samples into one of n channels, counted from 0, of interleaved frames,
// which get as long as they are. It uses the memory of frames where that is enough: call it
// for one channel after another.
func SetChannel(frames, samples []float32, channel, n int) []float32 {
	if n == 1 {
		return append(frames[:0], samples...)
	}
	frames = slices.Grow(frames[:0], len(samples)*n)[:len(samples)*n]
	for k, v := range samples {
		frames[k*n+channel] = v
	}
	return frames
}
