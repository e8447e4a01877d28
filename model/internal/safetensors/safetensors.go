// Package safetensors reads weight files in the format of
// https://github.com/huggingface/safetensors.
package safetensors

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"slices"
)

// maxHeader bounds the JSON header of a weight file. A network of 16 blocks has
// 170 tensors at some 100 bytes each.
const maxHeader = 1 << 20

// File is a parsed file: eight bytes of header length (little endian), a JSON header
// that gives each tensor's type, shape and byte range, then the bytes.
type File struct {
	Meta    map[string]string
	Tensors map[string]Tensor
}

// Tensor is one entry of the header with its bytes.
type Tensor struct {
	DType   string `json:"dtype"`
	Shape   []int  `json:"shape"`
	Offsets []int  `json:"data_offsets"`
	data    []byte
}

// Parse reads a whole file. It is strict: the tensors' byte ranges
// have to fit their shapes and to cover the data without gap or overlap, so a
// truncated or patched file does not pass.
func Parse(file []byte) (*File, error) {
	if len(file) < 8 {
		return nil, fmt.Errorf("not a safetensors file: %d bytes, the header length alone takes 8", len(file))
	}
	length := binary.LittleEndian.Uint64(file)
	if length > maxHeader || length > uint64(len(file)-8) {
		return nil, fmt.Errorf("not a safetensors file, or cut off: a header of %d bytes in a file of %d", length, len(file))
	}
	header, data := file[8:8+length], file[8+length:]
	var entries map[string]json.RawMessage
	if err := json.Unmarshal(header, &entries); err != nil {
		return nil, fmt.Errorf("not a safetensors file: header: %w", err)
	}
	f := &File{Meta: map[string]string{}, Tensors: map[string]Tensor{}}
	for name, raw := range entries {
		if name == "__metadata__" {
			if err := json.Unmarshal(raw, &f.Meta); err != nil {
				return nil, fmt.Errorf("header: __metadata__: %w", err)
			}
			continue
		}
		t, err := parseTensor(raw, data)
		if err != nil {
			return nil, fmt.Errorf("tensor %q: %w", name, err)
		}
		f.Tensors[name] = t
	}
	return f, f.checkCover(len(data))
}

// parseTensor reads one entry of the header.
func parseTensor(raw json.RawMessage, data []byte) (Tensor, error) {
	var t Tensor
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&t); err != nil {
		return t, fmt.Errorf("header: %w", err)
	}
	size, ok := map[string]int{"F32": 4, "F16": 2}[t.DType]
	if !ok {
		return t, fmt.Errorf("type is %.10q, must be F32 or F16", t.DType)
	}
	// No product overflows: it stops at the first that exceeds the file.
	for _, n := range t.Shape {
		if n < 1 || n > len(data) || size > len(data) {
			return t, fmt.Errorf("shape %v does not fit %d bytes of data", t.Shape, len(data))
		}
		size *= n
	}
	if len(t.Offsets) != 2 || t.Offsets[0] < 0 || t.Offsets[1] > len(data) || t.Offsets[1]-t.Offsets[0] != size {
		return t, fmt.Errorf("data_offsets %v are not %d bytes within %d", t.Offsets, size, len(data))
	}
	t.data = data[t.Offsets[0]:t.Offsets[1]]
	return t, nil
}

// checkCover makes sure that the tensors cover the data exactly once.
func (f *File) checkCover(size int) error {
	names := f.Names()
	slices.SortFunc(names, func(a, b string) int { return f.Tensors[a].Offsets[0] - f.Tensors[b].Offsets[0] })
	end := 0
	for _, name := range names {
		t := f.Tensors[name]
		if t.Offsets[0] != end {
			return fmt.Errorf("tensor %q starts at byte %d, must start at %d where the one before ends", name, t.Offsets[0], end)
		}
		end = t.Offsets[1]
	}
	if end != size {
		return fmt.Errorf("%d bytes of data, the tensors cover %d", size, end)
	}
	return nil
}

// Names returns the tensors' names, sorted.
func (f *File) Names() []string {
	names := make([]string, 0, len(f.Tensors))
	for name := range f.Tensors {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Floats returns the values as float32, in memory from buf where that is large enough.
func (t Tensor) Floats(buf []float32) []float32 {
	if t.DType == "F16" {
		values := slices.Grow(buf[:0], len(t.data)/2)[:len(t.data)/2]
		for i := range values {
			values[i] = float16(binary.LittleEndian.Uint16(t.data[2*i:]))
		}
		return values
	}
	values := slices.Grow(buf[:0], len(t.data)/4)[:len(t.data)/4]
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(t.data[4*i:]))
	}
	return values
}

// float16 widens an IEEE 754 binary16: 1 bit sign, 5 bits exponent, 10 bits
// mantissa.
func float16(h uint16) float32 {
	sign, exponent, mantissa := uint32(h>>15)<<31, uint32(h>>10&31), uint32(h&1023)
	switch exponent {
	case 0: // zero and denormal: mantissa * 2^-24
		x := float32(mantissa) / (1 << 24)
		return math.Float32frombits(math.Float32bits(x) | sign)
	case 31: // infinity and NaN
		return math.Float32frombits(sign | 255<<23 | mantissa<<13)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | mantissa<<13)
}
