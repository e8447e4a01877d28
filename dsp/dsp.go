// Package dsp is the signal processing of stillmic that needs no network: the
// ring buffer between threads, the short-time Fourier transform around the
// suppressor, its band map, gain, loudness, limiting, levelling and resampling, and
// what makes a voice fit to be heard: from mending clipped peaks to a de-esser.
//
// The package knows no clock, device, file or log. Its types are explicit
// state, its functions work on slices the caller owns. Whatever runs once per
// hop allocates nothing, locks nothing and gives the same bits for the same
// input on every machine; only RateConverter rounds as the processor does. Unless
// said otherwise a type belongs to one
// goroutine, and a slice of the wrong length is a programming error and panics.
package dsp

const (
	// SampleRate is the rate of everything inside stillmic, in Hz.
	SampleRate = 48000

	// Hop is the number of new samples per frame: 10 ms.
	Hop = 480

	// Window is the number of samples one frame sees: 20 ms.
	Window = 2 * Hop

	// Bins is the number of frequency bins of one frame, 0 Hz to 24 kHz in
	// steps of 50 Hz, both ends included.
	Bins = Window/2 + 1

	// BinHz is the distance between two bins in Hz.
	BinHz = SampleRate / Window
)
