package model

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestWeightFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.safetensors")
	if err := os.WriteFile(path, encode(t, metadata(t, fullShape), sizes(fullShape)), 0o600); err != nil {
		t.Fatal(err)
	}
	w, err := LoadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	net, ok := w.net.(*light)
	if !ok || net.shape != fullShape {
		t.Fatalf("%+v", w.net)
	}
	if w.Kind() != KindShared || w.Lookahead() != 0 || w.Delay() != 480 {
		t.Errorf("kind %q, lookahead %d, delay %d", w.Kind(), w.Lookahead(), w.Delay())
	}
	count := 0
	for _, dims := range sizes(fullShape) {
		n := 1
		for _, d := range dims {
			n *= d
		}
		count += n
	}
	if net.packed.size != count {
		t.Errorf("%d values for %d parameters", net.packed.size, count)
	}
	// As scripts/train/network.py counts them.
	if got := w.MultiplyAdds(); got != 1000576 {
		t.Errorf("%d multiply-adds", got)
	}
}

// TestForeignFiles checks that each kind of wrong file is refused with a line
// that says what is wrong.
func TestForeignFiles(t *testing.T) {
	good := func() (map[string]string, map[string][]int) { return metadata(t, smallShape), sizes(smallShape) }
	changed := func(change func(meta map[string]string, dims map[string][]int)) []byte {
		meta, dims := good()
		change(meta, dims)
		return encode(t, meta, dims)
	}
	whole := encode(t, metadata(t, smallShape), sizes(smallShape))
	entry := func(dtype string, shape, offsets []int) []byte {
		return assemble(t, map[string]any{"a": map[string]any{"dtype": dtype, "shape": shape, "data_offsets": offsets}}, make([]byte, 16))
	}
	two := func(second []int) []byte {
		return assemble(t, map[string]any{
			"a": map[string]any{"dtype": "F32", "shape": []int{2}, "data_offsets": []int{0, 8}},
			"b": map[string]any{"dtype": "F32", "shape": []int{2}, "data_offsets": second},
		}, make([]byte, 16))
	}
	cases := []struct {
		name string
		file []byte
		want string
	}{
		{"empty", nil, "0 bytes"},
		{"text", []byte("this is not a model at all\n"), "not a safetensors file"},
		{"huge header", binary.LittleEndian.AppendUint64(nil, math.MaxUint64), "a header of 18446744073709551615 bytes"},
		{"header is no object", append([]byte{2, 0, 0, 0, 0, 0, 0, 0}, "[]"...), "header"},
		{"cut off", whole[:len(whole)-4], "data_offsets"},
		{"longer", append(slices.Clip(whole), 0, 0, 0, 0), "cover"},
		{"type", entry("I64", []int{2}, []int{0, 16}), `type is "I64", must be F32 or F16`},
		{"negative size", entry("F32", []int{-4}, []int{0, 16}), "shape [-4]"},
		{"overflowing size", entry("F32", []int{16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16}, []int{0, 16}), "does not fit"},
		{"outside", entry("F32", []int{4}, []int{4, 20}), "data_offsets [4 20]"},
		{"backwards", entry("F32", []int{4}, []int{16, 0}), "data_offsets [16 0]"},
		{"three offsets", entry("F32", []int{4}, []int{0, 16, 0}), "data_offsets"},
		{"hole", two([]int{12, 16}), "data_offsets"},
		{"overlap", two([]int{4, 12}), "starts at byte"},
		{"another model", entry("F32", []int{4}, []int{0, 16}), `metadata "format" is "", must be "stillmic-1" or "stillmic-2"`},
		{"another rate", changed(func(m map[string]string, _ map[string][]int) { m["sample_rate"] = "16000" }), `"sample_rate" is "16000", must be "48000"`},
		{"no shape", changed(func(m map[string]string, _ map[string][]int) { delete(m, "shape") }), `"shape"`},
		{"unknown size", changed(func(m map[string]string, _ map[string][]int) { m["shape"] = `{"heads": 4}` }), "heads"},
		{"odd size", changed(func(m map[string]string, _ map[string][]int) {
			m["shape"] = strings.Replace(m["shape"], `"conv":8`, `"conv":9`, 1)
		}), "conv is 9, must be a multiple of 8"},
		{"missing", changed(func(_ map[string]string, d map[string][]int) { delete(d, "wide.recurrent") }), `tensor "wide.recurrent" is missing, expected with shape [24 72]`},
		{"extra", changed(func(_ map[string]string, d map[string][]int) { d["wide.more"] = []int{1} }), `tensor "wide.more" is unknown`},
		{"shape", changed(func(_ map[string]string, d map[string][]int) { d["gain.weight"] = []int{24, 2} }), `tensor "gain.weight" has shape [24 2], expected [2 24]`},
		{"one block more", changed(func(m map[string]string, _ map[string][]int) {
			m["shape"] = strings.Replace(m["shape"], `"blocks":2`, `"blocks":3`, 1)
		}), `tensor "blocks.2.norm_time.weight" is missing`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "foreign.safetensors")
			if err := os.WriteFile(path, c.file, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := LoadFile(path)
			if err == nil {
				t.Fatal("accepted")
			}
			if text := err.Error(); !strings.Contains(text, c.want) || !strings.Contains(text, path) || strings.Contains(text, "\n") {
				t.Errorf("error is %q, must be one line with %q and the file's name", text, c.want)
			}
		})
	}
	if _, err := LoadFile(filepath.Join(t.TempDir(), "none")); err == nil || !os.IsNotExist(unwrapAll(err)) {
		t.Errorf("a missing file gives %v", err)
	}
}

// unwrapAll returns the innermost path error's cause.
func unwrapAll(err error) error {
	for {
		u, ok := err.(interface{ Unwrap() error })
		if !ok || u.Unwrap() == nil {
			return err
		}
		err = u.Unwrap()
	}
}

// TestDamagedWeights checks that a value that is no number is found.
func TestDamagedWeights(t *testing.T) {
	file := encode(t, metadata(t, smallShape), sizes(smallShape))
	binary.LittleEndian.PutUint32(file[len(file)-4:], math.Float32bits(float32(math.NaN())))
	if _, err := parseWeights(file); err == nil || !strings.Contains(err.Error(), `tensor "wide.recurrent": value`) {
		t.Errorf("a NaN gives %v", err)
	}
}

// FuzzHeader feeds the parser headers that are nearly right, before data of some
// size. What is accepted has to run.
func FuzzHeader(f *testing.F) {
	add := func(file []byte) {
		n := binary.LittleEndian.Uint64(file)
		f.Add(string(file[8:8+n]), uint32(uint64(len(file))-8-n))
	}
	meta, dims := metadata(f, smallShape), sizes(smallShape)
	add(encode(f, meta, dims))
	delete(dims, "place")
	add(encode(f, meta, dims))
	add(encode(f, meta, map[string][]int{"a": {2, 3}}))
	f.Add(`{"a":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}}`, uint32(2))
	f.Add(`{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, uint32(8))
	f.Add(`{"__metadata__":{}}`, uint32(0))
	deep := deepSizes() // whole, it is too large to be read often
	for name := range deep {
		if !strings.HasPrefix(name, "encoder.erb0") {
			delete(deep, name)
		}
	}
	for _, lookahead := range []int{0, 2, 3} {
		header, size := deepHeader(f, deepMeta(lookahead), deep)
		f.Add(header, uint32(size))
	}
	f.Add(`[]`, uint32(3))
	f.Fuzz(func(t *testing.T, header string, size uint32) {
		file := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
		file = append(append(file, header...), make([]byte, size%(1<<17))...)
		w, err := parseWeights(file)
		if err != nil {
			return
		}
		for i, v := range run(NewSuppressor(w), babble(1, 960)) {
			if v-v != 0 {
				t.Fatalf("sample %d is %v", i, v)
			}
		}
	})
}

// FuzzFile feeds the parser arbitrary bytes.
func FuzzFile(f *testing.F) {
	f.Add([]byte("\x02\x00\x00\x00\x00\x00\x00\x00{}"))
	f.Add([]byte("\xff\xff\xff\xff\xff\xff\xff\xff{}"))
	f.Add(encode(f, map[string]string{"format": format}, map[string][]int{"a": {2, 3}}))
	f.Fuzz(func(t *testing.T, file []byte) {
		if _, err := parseWeights(file); err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("error of more than one line: %q", err)
		}
	})
}
