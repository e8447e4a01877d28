package focus

import (
	"encoding/binary"
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model/internal/kernel"
	"github.com/stillmic/stillmic/model/voiceprint"
)

// shapes are those of a small network of a kind.
func shapes(k kind) map[string][]int {
	const wide = 8
	s := map[string][]int{
		"input.weight": {wide, heard}, "input.bias": {wide},
		"gains.weight": {bands, wide}, "gains.bias": {bands}, "voice.weight": {1, wide}, "voice.bias": {1},
	}
	if k == me {
		s["input.weight"] = []int{wide, heardMe}
		s["scale.weight"], s["shift.weight"] = []int{wide, voiceprint.Size}, []int{wide, voiceprint.Size}
	}
	for _, name := range []string{"first", "second"} {
		s[name+".weight_ih"], s[name+".weight_hh"] = []int{3 * wide, wide}, []int{3 * wide, wide}
		s[name+".bias_ih"], s[name+".bias_hh"] = []int{3 * wide}, []int{3 * wide}
	}
	return s
}

// headed is the header of a file, and the bytes of its tensors.
func headed(t testing.TB, meta map[string]string, shapes map[string][]int) (header string, size int) {
	t.Helper()
	entries := map[string]any{"__metadata__": meta}
	for name, shape := range shapes {
		bytes := 2
		for _, n := range shape {
			bytes *= n
		}
		entries[name] = map[string]any{"dtype": "F16", "shape": shape, "data_offsets": []int{size, size + bytes}}
		size += bytes
	}
	text, err := json.Marshal(entries)
	if err != nil {
		t.Fatal(err)
	}
	return string(text), size
}

func written(header string, data []byte) []byte {
	file := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(file, header...), data...)
}

func metaOf(k kind) map[string]string {
	return map[string]string{"format": format, "kind": string(k), "voiceprint": "0123456789ab"}
}

// TestParseRefuses files of another form, kind or shape, and says what is wrong in a line.
func TestParseRefuses(t *testing.T) {
	for name, change := range map[string]func(meta map[string]string, shapes map[string][]int){
		"format":             func(m map[string]string, _ map[string][]int) { m["format"] = "stillmic-2" },
		"kind":               func(m map[string]string, _ map[string][]int) { m["kind"] = string(near) },
		"input.weight":       func(_ map[string]string, s map[string][]int) { delete(s, "input.weight") },
		"multiple of 8":      func(_ map[string]string, s map[string][]int) { s["input.weight"][0] = 12 },
		"up to 512":          func(_ map[string]string, s map[string][]int) { s["input.weight"][0] = 520 },
		"scale.weight":       func(_ map[string]string, s map[string][]int) { delete(s, "scale.weight") },
		"first.bias_hh":      func(_ map[string]string, s map[string][]int) { s["first.bias_hh"][0] = 8 },
		"is unknown to this": func(_ map[string]string, s map[string][]int) { s["third"] = []int{1} },
	} {
		meta, dims := metaOf(me), shapes(me)
		header, size := headed(t, meta, dims)
		if _, err := parse(written(header, make([]byte, size)), me); err != nil {
			t.Fatal(err)
		}
		change(meta, dims)
		header, size = headed(t, meta, dims)
		_, err := parse(written(header, make([]byte, size)), me)
		if err == nil || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzHeader feeds the parser headers that are nearly right, before data of some size. What is accepted has to run.
func FuzzHeader(f *testing.F) {
	for _, k := range []kind{near, me} {
		meta, dims := metaOf(k), shapes(k)
		header, size := headed(f, meta, dims)
		f.Add(header, uint32(size), byte(0))
		f.Add(header, uint32(size), byte(0x7b))
		for name := range maps.Clone(dims) {
			less := maps.Clone(dims)
			delete(less, name)
			header, size = headed(f, meta, less)
			f.Add(header, uint32(size), byte(0))
		}
	}
	f.Add(`{"__metadata__":{}}`, uint32(0), byte(0))
	f.Add(`[]`, uint32(3), byte(1))
	sound := voiced()
	f.Fuzz(func(t *testing.T, header string, size uint32, fill byte) {
		data := make([]byte, size%(1<<17))
		for i := range data {
			data[i] = fill
		}
		file := written(header, data)
		for _, k := range []kind{near, me} {
			n, err := parse(file, k)
			if err != nil {
				if strings.Contains(err.Error(), "\n") {
					t.Errorf("error of more than one line: %q", err)
				}
				continue
			}
			var whose *voiceprint.Values
			if k == me {
				whose = &voiceprint.Values{0.6, -0.8}
			}
			focus := newFocus(newStream(n, kernel.Best(), whose), nil)
			var hop [dsp.Hop]float32
			for at := range 5 {
				copy(hop[:], sound[at*dsp.Hop:])
				focus.Process(sound[at*dsp.Hop:][:dsp.Hop], hop[:], 1)
				for i, v := range hop {
					if v-v != 0 {
						t.Fatalf("sample %d of hop %d is %v", i, at, v)
					}
				}
			}
		}
	})
}
