package main

import (
	"github.com/stillmic/stillmic/daemon"
	"github.com/stillmic/stillmic/model"
)

// network is a loaded model.
type network struct {
	weights *model.Weights
	name    string // for the status
}

// loadModel loads a weight file, or the network in the program for "".
func loadModel(path string) (network, error) {
	if path == "" {
		w, err := model.Default()
		return network{w, "built-in"}, err
	}
	w, err := model.LoadFile(path)
	return network{w, path}, err
}

// spare makes the suppressor of the smaller network in the program.
func spare() (daemon.Processor, error) {
	w, err := model.Small()
	if err != nil {
		return nil, err
	}
	return model.NewSuppressor(w), nil
}

// newProcessor makes a suppressor for one stream.
func (n network) newProcessor() (daemon.Processor, error) {
	return model.NewSuppressor(n.weights), nil
}

// useKernel chooses the arithmetic of all suppressors made from now on; "" keeps
// the fastest.
func useKernel(name string) error {
	if name == "" {
		return nil
	}
	return model.SetKernel(name)
}
