package daemon

import (
	"errors"
	"fmt"

	"go.uber.org/zap"
)

// Maker makes the suppressor of one model, at the start and after a fault.
type Maker struct {
	New  func() (Processor, error)
	Name string // for the status
}

// SetModel loads a weight file, "" for the built-in network, and goes on with
// it at the next hop. What does not fit is refused and changes nothing.
func (d *Daemon) SetModel(path string) error {
	if err := d.useModel(path); err != nil {
		return err
	}
	d.settings.lasting.set(keyModel, path)
	d.o.Log.Info("model", zap.String("model", d.maker.Load().Name))
	return nil
}

func (d *Daemon) useModel(path string) error {
	if d.o.LoadModel == nil {
		return errors.New("this daemon has one model only")
	}
	m, err := d.o.LoadModel(path)
	if err != nil {
		return fmt.Errorf("load the model: %w", err)
	}
	p, err := m.New()
	if err != nil {
		return fmt.Errorf("load the model: %w", err)
	}
	d.maker.Store(&m)
	d.engine.Replace(p)
	return nil
}

// newProcessor makes a suppressor of the present model.
func (d *Daemon) newProcessor() (Processor, error) { return d.maker.Load().New() }
