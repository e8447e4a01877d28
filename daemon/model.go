package daemon

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"go.uber.org/zap"

	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/engine"
	"github.com/stillmic/stillmic/daemon/power"
)

// Maker makes the suppressor of one model, at the start and after a fault.
type Maker struct {
	New  func() (engine.Processor, error)
	Name string // for the status

	// Fallbacks are smaller models, best first, for a machine that is too slow.
	Fallbacks []Maker
}

// make makes the suppressor and those of its fallbacks.
func (m Maker) make() (p engine.Processor, fallbacks []engine.Processor, err error) {
	if p, err = m.New(); err != nil {
		return nil, nil, fmt.Errorf("start the network %s: %w", m.Name, err)
	}
	for _, f := range m.Fallbacks {
		q, err := f.New()
		if err != nil {
			return nil, nil, fmt.Errorf("start the network %s: %w", f.Name, err)
		}
		fallbacks = append(fallbacks, q)
	}
	return p, fallbacks, nil
}

// network is the model in use and what it was chosen by.
type network struct {
	Maker
	model  string // as chosen, "" for what the budget allows
	budget control.LatencyBudget
}

// inUse is the name of the model at a level of the engine's load.
func (n *network) inUse(level int, passing bool) string {
	switch {
	case passing:
		return "none"
	case level == engine.LevelFull || level > len(n.Fallbacks): // or the engine has not come to the new model
		return n.Name
	}
	return n.Fallbacks[level-1].Name
}

// SetModel uses a built-in model, by its name, or a weight file, from the next hop on;
// "" is the best one that the latency allows. What does not fit is refused and changes
// nothing.
func (d *Daemon) SetModel(model string) error {
	if err := d.useModel(model, d.network.Load().budget); err != nil {
		return err
	}
	d.settings.lasting.set(keyModel, model)
	d.o.Log.Info("model", zap.String("model", d.network.Load().Name))
	return nil
}

// SetLatency chooses how much delay the model may take, from the next hop on.
func (d *Daemon) SetLatency(b control.LatencyBudget) error {
	if err := b.UnmarshalText([]byte(b)); err != nil {
		return err
	}
	if err := d.useModel(d.network.Load().model, b); err != nil {
		return err
	}
	d.settings.lasting.set(keyLatency, string(b))
	d.o.Log.Info("latency", zap.String("budget", string(b)), zap.String("model", d.network.Load().Name))
	return nil
}

// useModel has the engine use a model. Two that are chosen at once come one after the
// other.
func (d *Daemon) useModel(model string, b control.LatencyBudget) error {
	if d.o.LoadModel == nil {
		return errors.New("this daemon has one model only")
	}
	d.models.Lock()
	defer d.models.Unlock()
	m, err := d.o.LoadModel(model, b)
	if err != nil {
		return fmt.Errorf("load the model: %w", err)
	}
	if now := d.network.Load(); now.Name == m.Name && !filepath.IsAbs(m.Name) { // it goes on without a break
		d.network.Store(&network{m, model, b})
		return nil
	}
	p, fallbacks, err := m.make()
	if err != nil {
		return err
	}
	d.network.Store(&network{m, model, b})
	d.engine.ReplaceAll(p, fallbacks...)
	return nil
}

// newProcessor makes a suppressor of the present model.
func (d *Daemon) newProcessor() (engine.Processor, error) { return d.network.Load().New() }

// savePower has the engine use the network for battery, or any, by how the machine is
// powered.
func (d *Daemon) savePower() {
	name := d.o.Config.Suppression.OnBattery
	if name == "" {
		return
	}
	best, battery := engine.LevelFull, power.OnBattery()
	if battery {
		best = 1 + slices.IndexFunc(d.network.Load().Fallbacks, func(m Maker) bool { return m.Name == name }) // 0 if there is none
	}
	d.engine.SetBest(best)
	if d.onBattery != battery {
		d.onBattery = battery
		d.o.Log.Info("power", zap.Bool("battery", battery), zap.String("network", d.network.Load().inUse(best, false)))
	}
}
