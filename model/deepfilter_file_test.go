package model

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/stillmic/stillmic/model/internal/deepfilter"
	"github.com/stillmic/stillmic/model/internal/safetensors"
)

// deepSizes returns the dimensions of every tensor of a deep filter, as PyTorch has them.
func deepSizes() map[string][]int {
	m := map[string][]int{
		"encoder.erb0.weight": {64, 1, 3, 3}, "encoder.erb0.bias": {64},
		"encoder.df_embed.weight": {32, 96, 16}, "encoder.embed_in.weight": {16, 32, 16}, "encoder.embed_out.weight": {16, 16, 32},
		"encoder.lsnr.weight": {1, 512}, "encoder.lsnr.bias": {1},
		"erb_decoder.embed_in.weight": {16, 32, 16}, "erb_decoder.embed_out.weight": {16, 16, 32},
		"erb_decoder.conv0.weight": {1, 64, 1, 3}, "erb_decoder.conv0.bias": {1},
		"df_decoder.embed_in.weight": {8, 64, 32}, "df_decoder.skip.weight": {16, 32, 16}, "df_decoder.output.weight": {16, 16, 60},
		"df_decoder.path.depthwise.weight": {10, 32, 5, 1}, "df_decoder.path.pointwise.weight": {10, 10, 1, 1}, "df_decoder.path.pointwise.bias": {10},
	}
	for _, name := range []string{"encoder.erb1", "encoder.erb2", "encoder.erb3", "encoder.df0", "encoder.df1", "erb_decoder.conv1", "erb_decoder.conv2", "erb_decoder.conv3"} {
		m[name+".depthwise.weight"] = []int{64, 1, 1, 3}
		m[name+".pointwise.weight"], m[name+".pointwise.bias"] = []int{64, 64, 1, 1}, []int{64}
	}
	m["encoder.df0.depthwise.weight"] = []int{64, 1, 3, 3}
	for i := range 4 {
		name := fmt.Sprintf("erb_decoder.path%d", i)
		m[name+".weight"], m[name+".bias"] = []int{64, 1, 1, 1}, []int{64}
	}
	for _, name := range []string{"encoder.gru", "erb_decoder.gru0", "erb_decoder.gru1", "df_decoder.gru0", "df_decoder.gru1"} {
		for _, side := range []string{"ih", "hh"} {
			m[name+".weight_"+side], m[name+".bias_"+side] = []int{768, 256}, []int{768}
		}
	}
	return m
}

// uniform is a value from -1 to 1: SplitMix64 of a counter, as in golden-deepfilter.py.
func uniform(at uint64) float32 {
	z := (at + 1) * 0x9E3779B97F4A7C15
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	z ^= z >> 31
	return float32(float64(z>>40)/(1<<23) - 1)
}

// deepMeta is the metadata of a deep filter.
func deepMeta(lookahead int) map[string]string {
	return map[string]string{
		"format": deepFilterFormat, "kind": KindDeepFilter, "sample_rate": "48000", "hop": "480",
		"lookahead": strconv.Itoa(lookahead), "name": "random", "licence": "Apache-2.0",
	}
}

// deepFile is the file of a network with the weights of golden-deepfilter.py.
func deepFile(tb testing.TB, meta map[string]string) []byte {
	dims := deepSizes()
	header, at := map[string]any{"__metadata__": meta}, uint64(0)
	var data []byte
	for _, name := range sortedKeys(dims) {
		shape, count, start := dims[name], 1, len(data)
		for _, d := range shape {
			count *= d
		}
		inputs := 30
		switch {
		case len(shape) == 3:
			inputs = shape[1]
		case len(shape) > 1:
			inputs = count / shape[0]
		}
		scale := float32(math.Sqrt(6 / float64(inputs)))
		for range count {
			data = binary.LittleEndian.AppendUint32(data, math.Float32bits(uniform(at)*scale))
			at++
		}
		header[name] = map[string]any{"dtype": "F32", "shape": shape, "data_offsets": []int{start, len(data)}}
	}
	return assemble(tb, header, data)
}

// randomDeep is that network.
func randomDeep(tb testing.TB, lookahead int, p deepfilter.Precision) *Weights {
	file, err := safetensors.Parse(deepFile(tb, deepMeta(lookahead)))
	if err != nil {
		tb.Fatal(err)
	}
	net, err := parseDeepAs(file, p)
	if err != nil {
		tb.Fatal(err)
	}
	return &Weights{net: net}
}

// deepHeader is the header of a deep filter's file of half precision, and the size of its data.
func deepHeader(tb testing.TB, meta map[string]string, dims map[string][]int) (header string, size int) {
	entries := map[string]any{"__metadata__": meta}
	for _, name := range sortedKeys(dims) {
		start := size
		count := 2
		for _, d := range dims[name] {
			count *= d
		}
		size += count
		entries[name] = map[string]any{"dtype": "F16", "shape": dims[name], "data_offsets": []int{start, size}}
	}
	text, err := json.Marshal(entries)
	if err != nil {
		tb.Fatal(err)
	}
	return string(text), size
}

func TestDeepFilterFile(t *testing.T) {
	for lookahead := range MaxLookahead + 1 {
		w, err := parseWeights(deepFile(t, deepMeta(lookahead)))
		if err != nil {
			t.Fatal(err)
		}
		if w.Kind() != KindDeepFilter || w.Name() != "random" || w.Lookahead() != lookahead || w.Delay() != 480*(1+lookahead) {
			t.Errorf("kind %q, name %q, lookahead %d, delay %d", w.Kind(), w.Name(), w.Lookahead(), w.Delay())
		}
		if got := w.MultiplyAdds(); got != 3_312_000 {
			t.Errorf("%d multiply-adds", got)
		}
	}
	for _, c := range []struct{ key, value, want string }{
		{"lookahead", "3", `metadata "lookahead" is "3", must be 0 to 2`},
		{"lookahead", "", `metadata "lookahead" is ""`},
		{"kind", "transformer", `metadata "kind" is "transformer", must be "deepfilter"`},
		{"hop", "240", `"hop" is "240"`},
	} {
		meta := deepMeta(2)
		meta[c.key] = c.value
		if _, err := parseWeights(deepFile(t, meta)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %q gives %v, want %q", c.key, c.value, err, c.want)
		}
	}
	// One tensor missing, one of another shape, one more.
	for _, c := range []struct {
		change func(m map[string][]int)
		want   string
	}{
		{func(m map[string][]int) { delete(m, "df_decoder.gru1.bias_hh") }, `tensor "df_decoder.gru1.bias_hh" is missing, expected with shape [768]`},
		{func(m map[string][]int) { m["encoder.df_embed.weight"] = []int{32, 16, 96} }, `has shape [32 16 96], expected [32 96 16]`},
		{func(m map[string][]int) { m["encoder.more"] = []int{1} }, `tensor "encoder.more" is unknown`},
	} {
		dims := deepSizes()
		c.change(dims)
		if _, err := parseWeights(encode(t, deepMeta(2), dims)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
}
