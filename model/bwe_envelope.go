package model

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model/internal/kernel"
	"github.com/stillmic/stillmic/model/internal/safetensors"
)

// envelope is the network of widen.py: two hidden layers.
type envelope struct {
	edges                 [widenBands + 1]int // of the bands, in bins
	inner1, inner2, outer linear
}

// answer returns the levels of all bands above the mean of the known ones, in
// units of widenUnit.
func (n *envelope) answer(input *[2*widenBands + 1]float32) (out [widenBands]float32) {
	var a, b [widenHidden]float32
	n.inner1.rectified(a[:], input[:])
	n.inner2.rectified(b[:], a[:])
	n.outer.answer(out[:], b[:])
	return out
}

// answer is y = b + x w for one row. Recordings wait for nobody, so it is a plain
// loop.
func (l *linear) answer(y, x []float32) {
	copy(y, l.b)
	for i, v := range x {
		for o, weight := range l.w[i*l.stride:][:len(y)] {
			y[o] += v * weight
		}
	}
}

// rectified is answer with what is below zero cut off.
func (l *linear) rectified(y, x []float32) {
	l.answer(y, x)
	for i, v := range y {
		y[i] = max(v, 0)
	}
}

// loadEnvelope reads the built-in network, once.
var loadEnvelope = sync.OnceValues(func() (*envelope, error) {
	data, err := embedded.ReadFile("weights/widen.safetensors")
	if err != nil {
		return nil, fmt.Errorf("load the widening network: %w", err)
	}
	n, err := parseEnvelope(data)
	if err != nil {
		return nil, fmt.Errorf("load the widening network: %w", err)
	}
	return n, nil
})

func parseEnvelope(data []byte) (*envelope, error) {
	file, err := safetensors.Parse(data)
	if err != nil {
		return nil, err
	}
	const want = "stillmic-widen-1"
	if got := file.Meta["format"]; got != want {
		return nil, fmt.Errorf("metadata %q is %.40q, must be %q", "format", got, want)
	}
	n := &envelope{}
	edges := strings.Fields(file.Meta["edges"])
	if len(edges) != len(n.edges) {
		return nil, fmt.Errorf("%d edges of bands, must be %d", len(edges), len(n.edges))
	}
	for i, s := range edges {
		if n.edges[i], err = strconv.Atoi(s); err != nil {
			return nil, fmt.Errorf("edge of a band: %w", err)
		}
	}
	if !slices.IsSorted(n.edges[:]) || n.edges[0] < 1 || n.edges[widenBands] >= dsp.Bins {
		return nil, fmt.Errorf("edges of bands are %v, must rise from 1 to %d", n.edges, dsp.Bins-1)
	}
	p := packer{safetensors.NewReader(file)}
	n.inner1 = p.linear("inner1", 2*widenBands+1, widenHidden)
	n.inner2 = p.linear("inner2", widenHidden, widenHidden)
	n.outer = p.linear("outer", widenHidden, widenBands)
	return n, p.Finish()
}

var _ = [1]struct{}{}[widenHidden%kernel.Lanes] // no padding between hidden units
