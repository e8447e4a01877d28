package dsp

import (
	"encoding/binary"
	"math"
)

// fullPCM16 is the full scale of 16-bit samples, 2^15.
const fullPCM16 = 1 << 15

// DecodePCM16 turns the 16-bit samples in raw, of which there are as many as dst has
// room for, little-endian, into float32 with a full scale of ±1. That is exact.
func DecodePCM16(dst []float32, raw []byte) { decodePCM16(dst, raw[:2*len(dst)]) }

// EncodePCM16 is the way back, rounded to the nearest integer or the even one of two,
// as far as src holds numbers from -32767 to 32767 after scaling. It returns how many
// samples it has written to raw, which has room for all; the next of src, if there is
// one, is no such number, or has a fraction beyond one.
func EncodePCM16(raw []byte, src []float32) (done int) { return encodePCM16(raw[:2*len(src)], src) }

// decodePCM16Go is v / 2^15 of each.
func decodePCM16Go(dst []float32, raw []byte) {
	for i := range dst {
		dst[i] = float32(int16(binary.LittleEndian.Uint16(raw[2*i:]))) / fullPCM16
	}
}

// encodePCM16Go rounds each by adding a number that leaves no bits for fractions.
func encodePCM16Go(raw []byte, src []float32) (done int) {
	const rounder = 3 << 22
	for i, v := range src {
		s := v * fullPCM16                           // exact
		if !(s <= fullPCM16-1 && s >= 1-fullPCM16) { // or not a number
			return i
		}
		binary.LittleEndian.PutUint16(raw[2*i:], uint16(math.Float32bits(s+rounder)-math.Float32bits(rounder)))
	}
	return len(src)
}
