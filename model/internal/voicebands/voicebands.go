// Package voicebands has the bands by which the networks of voices hear a spectrum.
package voicebands

// Voice is how many of the bands lie where voices are told apart, from 100 Hz to 7.6 kHz. Those
// behind reach to 20 kHz.
const Voice = 40

// All is how many bands there are.
const All = Voice + 4

// Edges are the borders of the bands in bins of 50 Hz: single bins to 1 kHz, by which the pitch
// is told, then 22 bands of one width on a logarithmic scale, and four wider ones.
var Edges = [All + 1]int{
	2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20,
	22, 24, 26, 29, 32, 35, 38, 42, 46, 50, 55, 60, 66, 73, 80, 87, 96, 105, 115, 126, 139, 152,
	190, 240, 300, 400,
}

// The rows of a network are of log10 of a band's power over the level, which is moved and scaled
// to about +-2.
const (
	Floor         = 1e-7 // is added to the power of a bin: far below what a voice leaves anywhere
	LevelFloor    = 1e-9 // is added to the level
	RelativeFloor = 1e-5 // is added to the power over the level
	Offset        = 2.5
	Scale         = 0.8
)
