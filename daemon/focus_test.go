package daemon

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/zap"
	logs "go.uber.org/zap/zaptest/observer"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/config"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/engine"
	"github.com/stillmic/stillmic/daemon/enrol"
	"github.com/stillmic/stillmic/daemon/focus"
	"github.com/stillmic/stillmic/daemon/rules"
	"github.com/stillmic/stillmic/daemon/synth"
	"github.com/stillmic/stillmic/model/voiceprint"
)

// enrolled keeps the print of a made voice in the data folder.
func enrolled(t *testing.T) {
	t.Helper()
	e, err := voiceprint.NewEnrolment()
	if err != nil {
		t.Fatal(err)
	}
	x := synth.Voice(30*audioio.SampleRate, 3)
	for at := 0; at+audioio.BlockSize <= len(x); at += audioio.BlockSize {
		e.Hear(x[at:at+audioio.BlockSize], 1)
	}
	p, err := e.Print()
	if err != nil {
		t.Fatal(err)
	}
	path, err := enrol.Path()
	if err == nil {
		err = enrol.Write(path, p, true)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestFocusIsChosen: what cannot be used is refused and changes nothing; a rule goes first.
func TestFocusIsChosen(t *testing.T) {
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	d := newSettled(t)
	a := api{d}
	is := func(what string, mode control.FocusMode, state focus.State) {
		t.Helper()
		d.focus.Settle()
		if f := d.Status().Focus; f.Mode != mode || f.State != state {
			t.Errorf("%s: %+v", what, f)
		}
	}
	is("at first", focus.Off, focus.Unused)
	if err := a.SetFocus(focus.Me); !errors.Is(err, focus.ErrNoPrint) {
		t.Errorf("me without a print: %v", err)
	}
	is("me without a print", focus.Off, focus.Unused)
	for _, m := range []control.FocusMode{focus.Near, focus.Off, focus.Near} {
		if err := a.SetFocus(m); err != nil {
			t.Fatal(err)
		}
	}
	is("near", focus.Near, focus.Working)
	me := focus.Me
	d.applyVerdict(rules.Verdict{Focus: &me, Reasons: "application zoom"})
	is("me by a rule, without a print", focus.Me, focus.NoPrint)
	enrolled(t)
	is("enrolled", focus.Me, focus.Working)
	if err := a.SetFocus(focus.Off); err != nil {
		t.Fatal(err)
	}
	is("off by hand", focus.Off, focus.Unused)
	d.applyVerdict(rules.Verdict{})
	is("the rule is over", focus.Off, focus.Unused)
}

// TestStartsWithoutAPrint: with focus = "me" in the configuration and nobody enrolled the daemon
// starts, and says so in status and log.
func TestStartsWithoutAPrint(t *testing.T) {
	for _, name := range []string{"XDG_STATE_HOME", "XDG_RUNTIME_DIR", "XDG_DATA_HOME"} {
		t.Setenv(name, t.TempDir())
	}
	for what, content := range map[string]string{"none": "", "another version's": `{"format":"stillmic voice print 1","network":"000000000000"}`} {
		if content != "" {
			path, err := enrol.Path()
			if err != nil {
				t.Fatal(err)
			}
			if err = os.MkdirAll(filepath.Dir(path), 0o700); err == nil {
				err = os.WriteFile(path, []byte(content), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		core, logged := logs.New(zap.WarnLevel)
		cfg := config.Default()
		cfg.Suppression.Focus = focus.Me
		d, err := New(Options{Config: cfg, Log: zap.New(core),
			Model: SuppressorFactory{New: func() (engine.Processor, error) { return still{}, nil }}})
		if err == nil {
			err = d.prepare(t.Context())
		}
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		f := d.Status().Focus
		if f.Mode != focus.Me || f.State == focus.Working || f.Reason == "" || logged.FilterMessage("focus is not in use").Len() != 1 {
			t.Errorf("%s: %+v, logged: %v", what, f, logged.All())
		}
		d.settings.Close()
	}
}
