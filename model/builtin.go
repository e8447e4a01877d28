package model

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
)

//go:embed weights
var embedded embed.FS

// The names of the networks that are built into the program, best first.
const (
	NameFull       = "full"        // hears 20 ms ahead: 40 ms of latency
	NameLowLatency = "low-latency" // the same without: 20 ms
	NameLight      = "light"       // a twentieth of the weights, 20 ms
	NameSmall      = "small"       // for machines that are too slow for light's, 20 ms
)

// Names returns the names of the built-in networks, best first. A build may lack the
// weights of some: see Named.
func Names() []string { return []string{NameFull, NameLowLatency, NameLight, NameSmall} }

// Full returns the network for recordings and for calls that can wait 40 ms. Like all
// built-in networks it is loaded at the first call, and its error is ErrNoWeights in a
// build without its weights.
func Full() (*Weights, error) { return loadFull() }

// LowLatency returns the network for calls that can wait 20 ms.
func LowLatency() (*Weights, error) { return loadLowLatency() }

// Light returns the network that costs a third of these.
func Light() (*Weights, error) { return loadLight() }

// Small returns the smallest network, for machines that are too slow for Light's.
func Small() (*Weights, error) { return loadSmall() }

var (
	loadFull       = withLight(builtIn(NameFull, "full.safetensors"))
	loadLowLatency = withLight(builtIn(NameLowLatency, "low-latency.safetensors"))
	loadLight      = builtIn(NameLight, "stillmic.safetensors")
	loadSmall      = builtIn(NameSmall, "small.safetensors")
)

// Default returns the best network that is built in, which a recording uses: Full, or
// in a build without its weights Light.
func Default() (*Weights, error) {
	w, err := Full()
	if errors.Is(err, ErrNoWeights) {
		return Light()
	}
	return w, err
}

// Named returns a built-in network by its name. The error of an unknown name says which
// there are.
func Named(name string) (*Weights, error) {
	load := []func() (*Weights, error){Full, LowLatency, Light, Small}
	i := slices.Index(Names(), name)
	if i < 0 {
		return nil, fmt.Errorf("no built-in network %q: use %s", name, strings.Join(Names(), ", "))
	}
	return load[i]()
}

// withLight adds Light to what loads a deep filter: see mixture. A weight file of the same
// network is the deep filter alone.
func withLight(load func() (*Weights, error)) func() (*Weights, error) {
	return sync.OnceValues(func() (*Weights, error) {
		w, err := load()
		if err != nil {
			return nil, err
		}
		light, err := loadLight()
		if err != nil {
			return nil, err
		}
		return mixed(w, light), nil
	})
}

// builtIn returns what loads a file of the folder weights, once.
func builtIn(name, file string) func() (*Weights, error) {
	return sync.OnceValues(func() (*Weights, error) {
		data, err := embedded.ReadFile("weights/" + file)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("network %q: %w", name, ErrNoWeights)
		}
		if err != nil {
			return nil, fmt.Errorf("load the built-in network %q: %w", name, err)
		}
		w, err := parseWeights(data)
		if err != nil {
			return nil, fmt.Errorf("load the built-in network %q: %w", name, err)
		}
		w.name = name
		giveBack(w)
		return w, nil
	})
}
