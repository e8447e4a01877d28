package model

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strconv"

	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model/internal/safetensors"
)

// maxFile bounds what LoadFile reads: the largest network in use has 9 MB.
const maxFile = 64 << 20

// ErrNoWeights is returned for a network that this build has no trained weights of.
var ErrNoWeights = errors.New("no trained weights are built in; load some with LoadFile")

// Weights is a trained network, packed for the kernels and ready to serve any
// number of suppressors at once. It never changes.
type Weights struct {
	name string
	sum  [sha256.Size]byte
	net  architecture
}

// SHA256 returns the checksum of the weight file, in hexadecimal digits.
func (w *Weights) SHA256() string { return hex.EncodeToString(w.sum[:]) }

// Kind returns which of the networks that this package knows it is: KindShared or
// KindDeepFilter.
func (w *Weights) Kind() string { return w.net.kind() }

// Name returns the name of a built-in network (NameFull and so on), of a file the one in
// its metadata, or "" where that has none.
func (w *Weights) Name() string { return w.name }

// Lookahead returns how many hops the network hears before it answers for
// one: 0 to MaxLookahead.
func (w *Weights) Lookahead() int { return w.net.lookahead() }

// Delay returns by how many samples a Suppressor's output lies behind its input: 480,
// the overlap of half a window, and as many for each hop of lookahead, or 0 of a network
// WithoutDelay. With the hop that has to be complete first, the algorithmic latency is 10 ms
// longer: 20 to 40 ms, or 10.
func (w *Weights) Delay() int { return w.net.delay() }

// MultiplyAdds returns the multiply-adds of the network's products for one hop.
// Transforms, features and activations are not counted.
func (w *Weights) MultiplyAdds() int { return w.net.multiplyAdds() }

// LoadFile reads a network from a safetensors file. The error of a file that is
// broken or belongs to another network names the file, the tensor and what was
// expected.
func LoadFile(path string) (*Weights, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("load model: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("load model: %w", err)
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("load model %s: larger than %d MB, which no stillmic network is", path, maxFile>>20)
	}
	w, err := parseWeights(data)
	if err != nil {
		return nil, fmt.Errorf("load model %s: %w", path, err)
	}
	giveBack(w)
	return w, nil
}

// giveBack returns to the system what it took to read a large network: the file and copies
// in floats are as much as all else that the daemon holds, and would go by and by.
func giveBack(w *Weights) {
	if w.Kind() == KindDeepFilter {
		debug.FreeOSMemory()
	}
}

// parseWeights reads the bytes of a weight file.
func parseWeights(data []byte) (*Weights, error) {
	file, err := safetensors.Parse(data)
	if err != nil {
		return nil, err
	}
	expected := []struct{ key, value string }{
		{"sample_rate", strconv.Itoa(dsp.SampleRate)},
		{"hop", strconv.Itoa(dsp.Hop)},
	}
	parse, err := parserOf(file)
	if err != nil {
		return nil, err
	}
	for _, e := range expected {
		if got, ok := file.Meta[e.key]; !ok || got != e.value {
			return nil, fmt.Errorf("not a stillmic network: metadata %q is %.40q, must be %q", e.key, got, e.value)
		}
	}
	net, err := parse(file)
	if err != nil {
		return nil, err
	}
	return &Weights{name: file.Meta["name"], sum: sha256.Sum256(data), net: net}, nil
}

// parserOf returns what reads the network of the format that the file names.
func parserOf(file *safetensors.File) (func(*safetensors.File) (architecture, error), error) {
	switch got := file.Meta["format"]; got {
	case format:
		return parseLight, nil
	case deepFilterFormat:
		if kind := file.Meta["kind"]; kind != KindDeepFilter {
			return nil, fmt.Errorf("not a stillmic network: metadata \"kind\" is %.40q, must be %q", kind, KindDeepFilter)
		}
		return parseDeep, nil
	default:
		return nil, fmt.Errorf("not a stillmic network: metadata \"format\" is %.40q, must be %q or %q", got, format,
			deepFilterFormat)
	}
}
