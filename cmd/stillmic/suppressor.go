package main

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/stillmic/stillmic/daemon"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/engine"
	"github.com/stillmic/stillmic/model"
)

// network is a loaded model.
type network struct {
	weights *model.Weights
	name    string // for the status
}

// loadModel loads a built-in network, by its name, or a weight file. "" is the best
// network within a latency: what hears ahead for 40 ms, what does not for 20 ms.
func loadModel(name string, b control.LatencyBudget) (network, error) {
	switch {
	case name == "" || name == "built-in":
		return best(b)
	case slices.Contains(model.Names(), name):
		w, err := model.Named(name)
		return network{w, name}, err
	}
	w, err := model.LoadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%w; the built-in networks are %s", err, strings.Join(model.Names(), ", "))
	}
	return network{w, name}, err
}

// best loads the best network within a latency.
func best(b control.LatencyBudget) (network, error) {
	name := model.NameFull
	if b == control.Latency20 {
		name = model.NameLowLatency
	}
	w, err := model.Named(name)
	if errors.Is(err, model.ErrNoWeights) {
		name = model.NameLight
		w, err = model.Named(name)
	}
	return network{w, name}, err
}

// suppressorFactory makes suppressors of a network for the daemon, and of the smaller ones to step
// down to.
func suppressorFactory(name string, b control.LatencyBudget) (daemon.SuppressorFactory, error) {
	n, err := loadModel(name, b)
	if err != nil {
		return daemon.SuppressorFactory{}, err
	}
	m := n.suppressorFactory()
	for _, smaller := range []string{model.NameLight, model.NameSmall} {
		w, err := model.Named(smaller)
		if err != nil {
			return daemon.SuppressorFactory{}, err
		}
		if w.MultiplyAdds() < n.weights.MultiplyAdds() {
			m.Fallbacks = append(m.Fallbacks, network{w, smaller}.suppressorFactory())
		}
	}
	return m, nil
}

// suppressorFactory makes suppressors for one stream each.
func (n network) suppressorFactory() daemon.SuppressorFactory {
	suppressor := func() (engine.Processor, error) { return model.NewSuppressor(n.weights), nil }
	return daemon.SuppressorFactory{Name: n.name, New: suppressor}
}

// useKernel chooses the arithmetic of all suppressors made from now on; "" keeps
// the fastest.
func useKernel(name string) error {
	if name == "" {
		return nil
	}
	return model.SetKernel(name)
}
