package model

import (
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"sync"

	"github.com/stillmic/stillmic/dsp"
)

// format is what the metadata of a weight file calls this architecture.
const format = "stillmic-1"

// maxFile bounds what LoadFile reads: the largest network in use has 1 MB.
const maxFile = 64 << 20

// ErrNoWeights is returned by Default in a build without trained weights.
var ErrNoWeights = errors.New("this build has no trained weights: name a file with --model")

//go:embed weights
var embedded embed.FS

// The trained networks within embedded.
const (
	embeddedName  = "weights/stillmic.safetensors"
	embeddedSmall = "weights/small.safetensors"
)

// Weights is a trained network, packed for the kernels and ready to serve any
// number of suppressors at once. It never changes.
type Weights struct {
	shape  Shape
	meta   map[string]string
	packed packed
}

// Shape returns the network's sizes.
func (w *Weights) Shape() Shape { return w.shape }

// Meta returns an entry of the file's metadata, such as "commit", "licence" or
// "trained_hours", or "" where there is none.
func (w *Weights) Meta(key string) string { return w.meta[key] }

// Default returns the network that is built into the program. It is loaded at
// the first call.
func Default() (*Weights, error) { return loadDefault() }

// Small returns the smaller network that is built into the program, for machines
// that are too slow for Default's. It is loaded at the first call.
func Small() (*Weights, error) { return loadSmall() }

var (
	loadDefault = sync.OnceValues(func() (*Weights, error) { return loadEmbedded(embeddedName) })
	loadSmall   = sync.OnceValues(func() (*Weights, error) { return loadEmbedded(embeddedSmall) })
)

func loadEmbedded(name string) (*Weights, error) {
	data, err := embedded.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoWeights
	}
	if err != nil {
		return nil, fmt.Errorf("load built-in weights: %w", err)
	}
	w, err := parseWeights(data)
	if err != nil {
		return nil, fmt.Errorf("load built-in weights: %w", err)
	}
	return w, nil
}

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
	return w, nil
}

// parseWeights reads the bytes of a weight file.
func parseWeights(data []byte) (*Weights, error) {
	file, err := parseSafetensors(data)
	if err != nil {
		return nil, err
	}
	expected := []struct{ key, value string }{
		{"format", format},
		{"sample_rate", strconv.Itoa(dsp.SampleRate)},
		{"hop", strconv.Itoa(dsp.Hop)},
	}
	for _, e := range expected {
		if got, ok := file.meta[e.key]; !ok || got != e.value {
			return nil, fmt.Errorf("not a stillmic network: metadata %q is %.40q, must be %q", e.key, got, e.value)
		}
	}
	shape, err := parseShape(file.meta["shape"])
	if err != nil {
		return nil, err
	}
	packed, err := pack(file, shape)
	if err != nil {
		return nil, err
	}
	return &Weights{shape: shape, meta: file.meta, packed: packed}, nil
}
