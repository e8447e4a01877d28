package daemon

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/config"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/engine"
	"github.com/stillmic/stillmic/daemon/paths"
	"github.com/stillmic/stillmic/daemon/rules"
	"github.com/stillmic/stillmic/daemon/settings"
	"github.com/stillmic/stillmic/daemon/strength"
)

// newSettled makes a daemon with settings, in folders of its own, which does not run.
func newSettled(t *testing.T) *Daemon {
	t.Helper()
	for _, name := range []string{"XDG_STATE_HOME", "XDG_RUNTIME_DIR"} {
		t.Setenv(name, t.TempDir())
	}
	d, err := New(Options{Config: config.Default(), Model: SuppressorFactory{New: func() (engine.Processor, error) { return still{}, nil }}})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	return d
}

// changer is one who changes settings, at random.
type changer struct {
	*rand.Rand
	d *Daemon
}

func (c changer) change(t *testing.T) {
	a := api{c.d}
	var err error
	switch c.IntN(4) {
	case 0:
		err = a.SetStrength(strength.Names()[c.IntN(len(strength.Names()))])
	case 1:
		err = a.SetPreset([]string{"", "call", "podcast", "max"}[c.IntN(4)])
	case 2:
		err = a.SetBypass(c.IntN(2) == 0)
	case 3:
		err = a.SetMute(c.IntN(2) == 0)
	}
	if err != nil {
		t.Error(err)
	}
}

// judge is what the supervisor does when a rule says something else.
func (c changer) judge(*testing.T) {
	v := rules.Verdict{}
	if c.IntN(2) == 0 {
		v = rules.Verdict{Strength: new(strength.Limit), Preset: []string{"", "interview"}[c.IntN(2)], Reasons: "a rule"}
		*v.Strength = strength.Limit(c.IntN(100))
	}
	c.d.applyVerdict(v)
}

// Two clients and a rule change settings at once, 20,000 times: what was chosen, what the
// engine does, what the file holds and what was told of it are always the same at the end.
func TestSettingsAgree(t *testing.T) {
	d := newSettled(t)
	events := statusEvents(t, d)
	const rounds = 20_000
	all := []func(*testing.T){changer{rand.New(rand.NewPCG(1, 1)), d}.change, changer{rand.New(rand.NewPCG(2, 2)), d}.change, changer{rand.New(rand.NewPCG(3, 3)), d}.judge}
	wrong := 0
	for range rounds / len(all) {
		var wg sync.WaitGroup
		for _, do := range all {
			wg.Go(func() { do(t) })
		}
		wg.Wait()
		now, st := d.settings.Now(), d.Status()
		if d.engine.Strength() != now.Strength || d.engine.Bypass() != now.Bypass || d.engine.Mute() != now.Silent() ||
			st.StrengthDB != float64(now.Strength) || st.Preset != now.Preset || st.Voice != now.Voice || st.Bypass != now.Bypass {
			wrong++
		}
	}
	if wrong > 0 {
		t.Errorf("engine, status and settings differ after %d of %d rounds", wrong, rounds/len(all))
	}
	d.applyVerdict(rules.Verdict{}) // which is in no file
	now := d.settings.Now()
	same := func(s control.Status) bool {
		return s.StrengthDB == float64(now.Strength) && s.Preset == now.Preset && s.Voice == now.Voice && s.Bypass == now.Bypass && s.Mute == now.Mute
	}
	told := false
	for deadline := time.After(30 * time.Second); !told; {
		select {
		case s := <-events:
			told = same(s)
		case <-deadline:
			t.Fatalf("no event has told of %+v", now)
		}
	}
	d.settings.Close()
	state, _ := paths.StateDir()
	session, _ := paths.RuntimeDir()
	again, err := settings.Open(settings.Options{Config: config.Default(), StateDir: state, SessionDir: session})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if got := again.Now(); got != now {
		t.Errorf("the files hold\n%+v, what held was\n%+v", got, now)
	}
}

// statusEvents returns the last status that a client has heard of. It is read all the time: the
// stream of one who does not is ended.
func statusEvents(t *testing.T, d *Daemon) <-chan control.Status {
	t.Helper()
	dir, err := paths.RuntimeDir()
	if err != nil {
		t.Fatal(err)
	}
	srv, err := control.Listen(control.Options{Dir: dir, State: t.TempDir(), API: api{d}, Events: d.events, Log: d.o.Log})
	if err != nil {
		t.Fatal(err)
	}
	c := control.NewClient(dir)
	ctx, cancel := context.WithCancel(t.Context())
	last, ended := make(chan control.Status, 1), make(chan struct{})
	go func() {
		defer close(ended)
		for ev, err := range c.Events(ctx, control.EventStatus) {
			var s control.Status
			if err != nil || json.Unmarshal(ev.Data, &s) != nil {
				return
			}
			select {
			case <-last: // an older one
			default:
			}
			last <- s
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
		c.Close()
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
	})
	return last
}

// still is a suppressor that gives silence.
type still struct{}

func (still) Process(dst, _ []float32)    { clear(dst) }
func (still) Delay() int                  { return audioio.BlockSize }
func (still) SetAttenuationLimit(float32) {}
func (still) SpeechProbability() float32  { return 0 }
func (still) Reset()                      {}
