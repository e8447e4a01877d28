package doctor

import (
	"slices"
	"strings"
	"testing"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/farend"
	"github.com/stillmic/stillmic/daemon/focus"
	"github.com/stillmic/stillmic/daemon/speaker"
)

// outputs is a server that knows its outputs and cancels echo.
type outputs struct {
	audioio.ReferenceOpener
	headphones, cancels bool
}

func (o outputs) Outputs() ([]audioio.Output, error) {
	return []audioio.Output{{Name: "out", Headphones: o.headphones}}, nil
}
func (o outputs) EchoCancelled(string) (bool, error) { return o.cancels, nil }

func TestFocusIsJudged(t *testing.T) {
	for name, c := range map[string]struct {
		focus control.Focus
		want  []Finding
	}{
		"off":  {control.Focus{Mode: focus.Off, State: focus.Unused}, nil},
		"near": {control.Focus{Mode: focus.Near, State: focus.Working}, []Finding{{"focus", OK, "near", ""}}},
		"nobody enrolled": {control.Focus{Mode: focus.Me, State: focus.NoPrint, Reason: focus.ErrNoPrint.Error()}, []Finding{{"focus", Warn,
			"focus me is chosen and not in use, everybody is heard: no voice is enrolled", "enrol yours: stillmic voiceprint enroll"}}},
	} {
		if got := otherVoices(&control.Status{Focus: c.focus}); !slices.Equal(got, c.want) {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestEchoIsJudged(t *testing.T) {
	for name, c := range map[string]struct {
		echo control.Echo
		srv  outputs
		want string // in the remedy, "" for no finding
	}{
		"off, loudspeakers":        {control.Echo{Mode: farend.Off}, outputs{}, "echo auto"},
		"off, headphones":          {control.Echo{Mode: farend.Off}, outputs{headphones: true}, ""},
		"two cancellers":           {control.Echo{Mode: farend.On}, outputs{cancels: true}, "echo auto"},
		"auto, another's":          {control.Echo{Mode: farend.Auto, State: farend.Elsewhere}, outputs{cancels: true}, ""},
		"heard and not cancelled":  {control.Echo{Mode: farend.Auto, State: farend.Working, DelayMS: 40, RemovedDB: 1}, outputs{}, "headphones"},
		"cancelled":                {control.Echo{Mode: farend.Auto, State: farend.Working, DelayMS: 40, RemovedDB: 25}, outputs{}, ""},
		"played and not yet found": {control.Echo{Mode: farend.Auto, State: farend.Working}, outputs{}, ""},
	} {
		list := echo(&control.Status{Echo: c.echo}, c.srv)
		if got := len(list) == 1 && list[0].Level == Warn && strings.Contains(list[0].Remedy, c.want); got != (c.want != "") {
			t.Errorf("%s: %+v", name, list)
		}
	}
}

func TestSpeakerIsJudged(t *testing.T) {
	left := []audioio.Device{{Name: "stillmic_speaker.monitor", Monitor: true}}
	on := func(s control.Speaker) *control.Status {
		s.On = true
		return &control.Status{Speaker: s}
	}
	for name, c := range map[string]struct {
		status  *control.Status
		devices []audioio.Device
		want    Level // "" for no finding
	}{
		"off":              {&control.Status{}, left, ""},
		"never there":      {nil, nil, ""},
		"left by a crash":  {nil, left, Warn},
		"runs":             {on(control.Speaker{State: speaker.Running}), left, OK},
		"a loop":           {on(control.Speaker{State: speaker.Running, Loop: "Echo-Cancel Sink"}), left, Warn},
		"no cable":         {on(control.Speaker{State: speaker.Impossible, Reason: "no virtual cable"}), left, Warn},
		"no output":        {on(control.Speaker{State: speaker.NoOutput}), left, Fail},
		"the network fell": {on(control.Speaker{State: speaker.Running, Passing: true}), left, Warn},
	} {
		list := speakerFaults(c.status, c.devices, "stillmic")
		level := Level("")
		if len(list) == 1 {
			level = list[0].Level
		}
		if level != c.want || len(list) > 1 {
			t.Errorf("%s: %+v", name, list)
		}
	}
}
