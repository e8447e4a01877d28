package model

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stillmic/stillmic/model/internal/kernel"
)

// smallShape is a network for tests that need one, but no trained one.
var smallShape = Shape{Conv: 8, Channels: 16, Blocks: 2, Squeeze: 8, Wide: 24, Detail: 8}

// fullShape has the sizes of the network in use.
var fullShape = Shape{Conv: 24, Channels: 32, Blocks: 2, Squeeze: 8, Wide: 128, Detail: 8}

// eachKernel runs a test once per kernel set.
func eachKernel(t *testing.T, test func(t *testing.T)) {
	before := chosen.Load()
	defer chosen.Store(before)
	for _, name := range kernel.Names() {
		t.Run(name, func(t *testing.T) {
			if err := SetKernel(name); err != nil {
				t.Fatal(err)
			}
			test(t)
		})
	}
}

// sizes returns the dimensions of every tensor of a network, as PyTorch names
// them.
func sizes(s Shape) map[string][]int {
	c, flat := s.Channels, 32*s.Squeeze
	m := map[string][]int{"place": {32, c}}
	linear := func(name string, in, out int) {
		m[name+".weight"], m[name+".bias"] = []int{out, in}, []int{out}
	}
	gru := func(name string, in, units int) {
		linear(name+".input", in, 3*units)
		m[name+".recurrent"], m[name+".bias_n"] = []int{units, 3 * units}, []int{units}
	}
	linear("encoder1.linear", 5*6, s.Conv)
	linear("encoder2.linear", 3*s.Conv, c)
	for i := range s.Blocks {
		name := "blocks." + string(rune('0'+i))
		for _, norm := range []string{".norm_time", ".norm_mix"} {
			m[name+norm+".weight"], m[name+norm+".bias"] = []int{c}, []int{c}
		}
		gru(name+".gru", c, c)
		linear(name+".positions", 32, 32)
		linear(name+".mix", c, c)
	}
	linear("squeeze", c, s.Squeeze)
	gru("wide", flat, s.Wide)
	linear("expand", s.Wide, flat)
	linear("excite", s.Squeeze, c)
	linear("speech", s.Wide, 1)
	linear("decoder2.even", 2*c, s.Conv)
	linear("decoder2.odd", 2*c, s.Conv)
	linear("decoder1.even", 2*s.Conv, s.Detail)
	linear("decoder1.odd", 2*s.Conv, s.Detail)
	linear("detail", 6, s.Detail)
	linear("gain", 3*s.Detail, 2)
	return m
}

// metadata is that of a network of shape s.
func metadata(tb testing.TB, s Shape) map[string]string {
	shape, err := json.Marshal(s)
	if err != nil {
		tb.Fatal(err)
	}
	return map[string]string{
		"format": format, "sample_rate": "48000", "hop": "480", "shape": string(shape), "licence": "Apache-2.0",
	}
}

// encode writes a safetensors file of random values of unit gain.
func encode(tb testing.TB, meta map[string]string, dims map[string][]int) []byte {
	rng := rand.New(rand.NewPCG(1, 2))
	header := map[string]any{"__metadata__": meta}
	var data []byte
	for _, name := range sortedKeys(dims) {
		count, start := 1, len(data)
		for _, d := range dims[name] {
			count *= d
		}
		scale := 1 / math.Sqrt(float64(dims[name][len(dims[name])-1]))
		for range count {
			data = binary.LittleEndian.AppendUint32(data, math.Float32bits(float32(scale*rng.NormFloat64())))
		}
		header[name] = map[string]any{"dtype": "F32", "shape": dims[name], "data_offsets": []int{start, len(data)}}
	}
	return assemble(tb, header, data)
}

// assemble puts header and data together.
func assemble(tb testing.TB, header any, data []byte) []byte {
	text, err := json.Marshal(header)
	if err != nil {
		tb.Fatal(err)
	}
	file := binary.LittleEndian.AppendUint64(nil, uint64(len(text)))
	return append(append(file, text...), data...)
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// randomWeights is an untrained network of shape s.
func randomWeights(tb testing.TB, s Shape) *Weights {
	w, err := parseWeights(encode(tb, metadata(tb, s), sizes(s)))
	if err != nil {
		tb.Fatal(err)
	}
	return w
}

// babble is reproducible sound: noise whose level changes every few hops.
func babble(seed uint64, n int) []float32 {
	rng := rand.New(rand.NewPCG(seed, 9))
	x, level := make([]float32, n), 0.1
	for i := range x {
		if i%2000 == 0 {
			level = math.Pow(10, -3*rng.Float64())
		}
		x[i] = float32(level * rng.NormFloat64())
	}
	return x
}
