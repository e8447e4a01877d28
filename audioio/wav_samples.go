package audioio

import (
	"encoding/binary"
	"math"
)

// decode turns the samples in raw into float32 with a full scale of ±1 and
// returns how many were not finite; those become 0, as one of them would
// spread through every filter behind.
//
// Integers are divided by 2^(bits-1), which is exact up to 24 bits.
func decode(dst []float32, raw []byte, e Encoding) (replaced int64) {
	le := binary.LittleEndian
	dst = dst[:len(raw)/e.Bytes()]
	switch e {
	case PCM8:
		for i := range dst {
			dst[i] = float32(int(raw[i])-128) / (1 << 7)
		}
	case PCM16:
		for i := range dst {
			dst[i] = float32(int16(le.Uint16(raw[2*i:]))) / (1 << 15)
		}
	case PCM24:
		for i := range dst {
			b := raw[3*i:][:3]
			// Into the upper three bytes, so that the sign comes out right.
			v := int32(uint32(b[0])<<8|uint32(b[1])<<16|uint32(b[2])<<24) >> 8
			dst[i] = float32(v) / (1 << 23)
		}
	case PCM32:
		for i := range dst {
			dst[i] = float32(float64(int32(le.Uint32(raw[4*i:]))) / (1 << 31))
		}
	case Float32:
		for i := range dst {
			dst[i] = math.Float32frombits(le.Uint32(raw[4*i:]))
		}
		replaced = silenceNonFinite(dst)
	case Float64:
		for i := range dst {
			dst[i] = float32(math.Float64frombits(le.Uint64(raw[8*i:])))
		}
		replaced = silenceNonFinite(dst)
	}
	return replaced
}

// silenceNonFinite sets NaN and infinities to 0 and returns how many.
func silenceNonFinite(p []float32) (n int64) {
	for i, v := range p {
		if v-v != 0 { // true for NaN and ±Inf only
			p[i] = 0
			n++
		}
	}
	return n
}

// encode appends samples to raw and returns how many were cut at full scale.
// Integers are rounded to nearest, so that what was read is written back bit by
// bit. Samples that are not finite are written as 0.
func encode(raw []byte, src []float32, e Encoding) (out []byte, clipped int64) {
	le := binary.LittleEndian
	for _, v := range src {
		if v-v != 0 {
			v = 0
		}
		switch e {
		case Float32:
			raw = le.AppendUint32(raw, math.Float32bits(v))
			continue
		case Float64:
			raw = le.AppendUint64(raw, math.Float64bits(float64(v)))
			continue
		}
		scale := float64(int64(1) << (8*e.Bytes() - 1))
		s := math.RoundToEven(float64(v) * scale)
		if s > scale-1 || s < -scale {
			// +1.0 is what a full-scale sine reaches: one step is no clipping.
			if s != scale {
				clipped++
			}
			s = min(max(s, -scale), scale-1)
		}
		switch n := int32(s); e {
		case PCM8:
			raw = append(raw, byte(n+128))
		case PCM16:
			raw = le.AppendUint16(raw, uint16(n))
		case PCM24:
			raw = append(raw, byte(n), byte(n>>8), byte(n>>16))
		case PCM32:
			raw = le.AppendUint32(raw, uint32(n))
		}
	}
	return raw, clipped
}
