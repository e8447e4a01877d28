package pcm

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/stillmic/stillmic/dsp"
)

// Decode turns the samples in raw into float32 with a full scale of ±1 and
// returns how many were not finite; those become 0, as one of them would
// spread through every filter behind.
//
// Integers are divided by 2^(bits-1), which is exact up to 24 bits.
func Decode(dst []float32, raw []byte, e Encoding) (replaced int64) {
	le := binary.LittleEndian
	dst = dst[:len(raw)/e.Bytes()]
	switch e {
	case Uint8:
		for i := range dst {
			dst[i] = float32(int(raw[i])-128) / (1 << 7)
		}
	case Int16:
		dsp.DecodePCM16(dst, raw)
	case Int24:
		for i := range dst {
			b := raw[3*i:][:3]
			// Into the upper three bytes, so that the sign comes out right.
			v := int32(uint32(b[0])<<8|uint32(b[1])<<16|uint32(b[2])<<24) >> 8
			dst[i] = float32(v) / (1 << 23)
		}
	case Int32:
		for i := range dst {
			dst[i] = float32(float64(int32(le.Uint32(raw[4*i:]))) / (1 << 31))
		}
	case Float32:
		for i := range dst {
			dst[i] = math.Float32frombits(le.Uint32(raw[4*i:]))
		}
		replaced = SilenceNonFinite(dst)
	case Float64:
		for i := range dst {
			dst[i] = float32(math.Float64frombits(le.Uint64(raw[8*i:])))
		}
		replaced = SilenceNonFinite(dst)
	}
	return replaced
}

// SilenceNonFinite sets NaN and infinities to 0 and returns how many.
func SilenceNonFinite(p []float32) (n int64) {
	for i, v := range p {
		if v-v != 0 { // true for NaN and ±Inf only
			p[i] = 0
			n++
		}
	}
	return n
}

// Append appends samples to raw and returns how many were cut at full scale.
// Integers are rounded to nearest, so that what was read is written back bit by
// bit. Samples that are not finite are written as 0.
func Append(raw []byte, src []float32, e Encoding) (out []byte, clipped int64) {
	le := binary.LittleEndian
	at, size := len(raw), e.Bytes()
	raw = slices.Grow(raw, len(src)*size)[:at+len(src)*size]
	b := raw[at:]
	switch e {
	case Int16:
		clipped = encodePCM16(b, src)
	case Float32:
		for i, v := range src {
			le.PutUint32(b[4*i:], math.Float32bits(finite(v)))
		}
	case Float64:
		for i, v := range src {
			le.PutUint64(b[8*i:], math.Float64bits(float64(finite(v))))
		}
	default:
		clipped = encodeIntegers(b, src, size)
	}
	return raw, clipped
}

// encodePCM16 is Append for integers of 16 bits.
func encodePCM16(b []byte, src []float32) (clipped int64) {
	for n := 0; len(src) > 0; src, b = src[n:], b[2*n:] {
		if n = dsp.EncodePCM16(b, src); n < len(src) {
			v := Integer(src[n], 1<<15, &clipped)
			binary.LittleEndian.PutUint16(b[2*n:], uint16(v))
			n++
		}
	}
	return clipped
}

// encodeIntegers is Append for integers of so many bytes, but not of two.
func encodeIntegers(b []byte, src []float32, size int) (clipped int64) {
	full := float64(int64(1) << (8*size - 1))
	le := binary.LittleEndian
	var part [256]int32
	for len(src) > 0 {
		values := part[:min(len(src), len(part))]
		clipped += integers(values, src[:len(values)], full)
		switch size {
		case 1:
			for i, v := range values {
				b[i] = byte(v + 128)
			}
		case 3:
			for i, v := range values {
				b[3*i], b[3*i+1], b[3*i+2] = byte(v), byte(v>>8), byte(v>>16)
			}
		case 4:
			for i, v := range values {
				le.PutUint32(b[4*i:], uint32(v))
			}
		}
		src, b = src[len(values):], b[len(values)*size:]
	}
	return clipped
}

// integers makes integers of samples, whose full scale is full, a power of two.
func integers(dst []int32, src []float32, full float64) (clipped int64) {
	// What is added to a number of less than 22 bits leaves none for fractions: it rounds
	// to the nearest integer, or the even one of two.
	const rounder, most = 3 << 22, 1 << 21
	scale := float32(full)
	top := math.Float32bits(min(scale-1, most)) << 1 // without the sign: bits sort like magnitudes
	dst = dst[:len(src)]
	for i, v := range src {
		s := v * scale                     // exact
		if math.Float32bits(s)<<1 <= top { // and a number
			dst[i] = int32(math.Float32bits(s+rounder) - math.Float32bits(rounder))
			continue
		}
		dst[i] = Integer(v, full, &clipped)
	}
	return clipped
}

// Integer returns v as an integer whose full scale is full.
func Integer(v float32, full float64, clipped *int64) int32 {
	s := math.RoundToEven(float64(finite(v)) * full)
	if s <= full-1 && s >= -full {
		return int32(s)
	}
	// +1.0 is what a full-scale sine reaches: one step is no clipping.
	if s != full {
		*clipped++
	}
	return int32(min(max(s, -full), full-1))
}

// finite is v, and 0 for NaN and infinities.
func finite(v float32) float32 {
	if v-v != 0 {
		return 0
	}
	return v
}
