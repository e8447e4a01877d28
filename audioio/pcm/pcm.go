// Package pcm holds what all file formats share: how samples are stored
// ([Format], [Encoding]), readers and writers of samples, the conversion between
// bytes and samples ([Decode], [Append]), and what can be wrong with a recording.
//
// A sample is a float32 with a full scale of ±1, a frame one sample of every
// channel, interleaved.
package pcm

// Reader reads the samples of a file of any format.
type Reader interface {
	Rate() int     // frames per second
	Channels() int // samples per frame
	Frames() int64 // in the whole file, -1 if unknown

	// Read fills p with whole frames, samples interleaved, full scale ±1, and
	// returns how many frames it read. At the end it returns 0 and io.EOF, or
	// an error that is ErrTruncated.
	Read(p []float32) (frames int, err error)
}

// Writer writes samples to a file of any format.
type Writer interface {
	Rate() int
	Channels() int

	// Write appends whole frames, samples interleaved, full scale ±1.
	Write(p []float32) error

	// Close completes the file.
	Close() error
}

// MixDown sets dst to the mean of the channels of interleaved frames. dst may be
// the front of interleaved.
func MixDown(dst, interleaved []float32, channels int) {
	if channels == 1 {
		copy(dst, interleaved)
		return
	}
	for i := range dst {
		sum := float32(0)
		for _, v := range interleaved[i*channels:][:channels] {
			sum += v
		}
		dst[i] = sum / float32(channels)
	}
}
