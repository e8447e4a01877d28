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
	"github.com/stillmic/stillmic/daemon/rules"
	"github.com/stillmic/stillmic/daemon/settings"
)

// SuppressorFactory makes the suppressor of one model, at the start and after a fault.
type SuppressorFactory struct {
	New  func() (engine.Processor, error)
	Name string // for the status

	// Fallbacks are smaller models, best first, for a machine that is too slow.
	Fallbacks []SuppressorFactory
}

// make makes the suppressor and those of its fallbacks.
func (f SuppressorFactory) make() (p engine.Processor, fallbacks []engine.Processor, err error) {
	if p, err = f.New(); err != nil {
		return nil, nil, fmt.Errorf("start the network %s: %w", f.Name, err)
	}
	for _, smaller := range f.Fallbacks {
		q, err := smaller.New()
		if err != nil {
			return nil, nil, fmt.Errorf("start the network %s: %w", smaller.Name, err)
		}
		fallbacks = append(fallbacks, q)
	}
	return p, fallbacks, nil
}

// inUse is the name of the model at a level of the engine's load.
func (f SuppressorFactory) inUse(level int, passing bool) string {
	switch {
	case passing:
		return "none"
	case level == engine.LevelFull || level > len(f.Fallbacks): // or the engine has not come to the new model
		return f.Name
	}
	return f.Fallbacks[level-1].Name
}

// SetModel uses a built-in model, by its name, or a weight file, from the next hop on;
// "" is the best one that the latency allows. What does not fit is refused and changes
// nothing.
func (d *Daemon) SetModel(model string) error {
	d.models.Lock()
	defer d.models.Unlock()
	use, err := d.loadModel(model, d.settings.Now().Latency)
	if err != nil {
		return err
	}
	d.settings.SetModel(model, use)
	d.o.Log.Info("model", zap.String("model", d.factory.Load().Name))
	return nil
}

// SetLatency chooses how much delay the model may take, from the next hop on.
func (d *Daemon) SetLatency(b control.LatencyBudget) error {
	if err := b.UnmarshalText([]byte(b)); err != nil {
		return err
	}
	d.models.Lock()
	defer d.models.Unlock()
	use, err := d.loadModel(d.settings.Now().Model, b)
	if err != nil {
		return err
	}
	d.settings.SetLatency(b, use)
	d.o.Log.Info("latency", zap.String("budget", string(b)), zap.String("model", d.factory.Load().Name))
	return nil
}

// loadModel loads a model and returns what has the engine use it. The caller holds
// models, so that two that are chosen at once come one after the other.
func (d *Daemon) loadModel(model string, b control.LatencyBudget) (use func(), err error) {
	if d.o.LoadModel == nil {
		return nil, errors.New("this daemon has one model only")
	}
	m, err := d.o.LoadModel(model, b)
	if err != nil {
		return nil, fmt.Errorf("load the model: %w", err)
	}
	if m.Name == d.factory.Load().Name && !filepath.IsAbs(m.Name) { // it goes on without a break
		return func() {}, nil
	}
	p, fallbacks, err := m.make()
	if err != nil {
		return nil, err
	}
	return func() {
		d.factory.Store(&m)
		d.engine.ReplaceAll(p, fallbacks...)
	}, nil
}

// restoreModel uses the model of an earlier choice in the place of that of the
// configuration, where it can be loaded still.
func (d *Daemon) restoreModel(now settings.Settings) {
	started := settings.Effective(d.o.Config, d.o.Flags, settings.Chosen{}, rules.Verdict{})
	if now.Model == started.Model && now.Latency == started.Latency {
		return
	}
	d.models.Lock()
	defer d.models.Unlock()
	use, err := d.loadModel(now.Model, now.Latency)
	if err != nil {
		d.settings.IgnoreModel(started.Model, started.Latency)
		d.o.Log.Warn("the network of an earlier choice cannot be used", zap.String("model", now.Model), zap.Error(err))
		return
	}
	use()
}

// newProcessor makes a suppressor of the present model.
func (d *Daemon) newProcessor() (engine.Processor, error) { return d.factory.Load().New() }

// savePower has the engine use the network for battery, or any, by how the machine is
// powered.
func (d *Daemon) savePower() {
	name := d.o.Config.Suppression.OnBattery
	if name == "" {
		return
	}
	best, battery := engine.LevelFull, power.OnBattery()
	if battery {
		named := func(f SuppressorFactory) bool { return f.Name == name }
		best = 1 + slices.IndexFunc(d.factory.Load().Fallbacks, named) // 0 if there is none
	}
	d.engine.SetBest(best)
	if d.onBattery != battery {
		d.onBattery = battery
		d.o.Log.Info("power", zap.Bool("battery", battery), zap.String("network", d.factory.Load().inUse(best, false)))
	}
}
