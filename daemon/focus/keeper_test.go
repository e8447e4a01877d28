package focus

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/stillmic/stillmic/daemon/engine"
	"github.com/stillmic/stillmic/model/voiceprint"
)

// lowerer is a focus that does nothing.
type lowerer struct {
	engine.Focus
	of string // of whose print, "" for near
}

// listener is an engine that notes what it is given.
type listener struct {
	focus engine.Focus
	given int
	other bool
	fails bool
}

func (l *listener) SetFocus(f engine.Focus) { l.focus, l.given = f, l.given+1 }
func (l *listener) Other() bool             { return l.other }
func (l *listener) FocusFailed() bool       { return l.fails }

// is reports whether the engine has a focus of a print, "near" for that without, "" for none.
func (l *listener) is() string {
	if l.focus == nil {
		return ""
	}
	if f := l.focus.(*lowerer); f.of != "" {
		return f.of
	}
	return "near"
}

// newKeeper returns a Keeper of a print that is a file with a name in it, and that file's path.
func newKeeper(t *testing.T) (*Keeper, *listener, string) {
	t.Helper()
	l, path := &listener{}, filepath.Join(t.TempDir(), "print")
	k := New(Options{
		Engine: l, Changed: func() {}, Log: zap.NewNop(),
		Path: func() (string, error) { return path, nil },
		Read: func(path string) (*voiceprint.Print, error) {
			name, err := os.ReadFile(path)
			switch string(name) {
			case "damaged":
				err = voiceprint.ErrNoPrint
			case "older":
				err = voiceprint.ErrOtherNetwork
			}
			return &voiceprint.Print{Network: string(name)}, err
		},
		NewNear: func() (engine.Focus, error) { return &lowerer{}, nil },
		NewMe:   func(p *voiceprint.Print) (engine.Focus, error) { return &lowerer{of: p.Network}, nil },
	})
	return k, l, path
}

func write(t *testing.T, path, name string) {
	t.Helper()
	if err := os.WriteFile(path+".new", []byte(name), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

// TestKeeperFollows mode and print, also while it is used; what is the same is not given again.
func TestKeeperFollows(t *testing.T) {
	k, l, path := newKeeper(t)
	steps := []struct {
		name   string
		do     func()
		engine string
		state  State
		reason error
		print  bool
	}{
		{"at first", func() {}, "", Unused, nil, false},
		{"near", func() { k.SetMode(Near) }, "near", Working, nil, false},
		{"me without a print", func() { k.SetMode(Me) }, "", NoPrint, ErrNoPrint, false},
		{"enrolled", func() { write(t, path, "ann") }, "ann", Working, nil, true},
		{"enrolled again", func() { write(t, path, "bea") }, "bea", Working, nil, true},
		{"damaged", func() { write(t, path, "damaged") }, "", BadPrint, ErrBadPrint, true},
		{"of another version", func() { write(t, path, "older") }, "", BadPrint, ErrOtherPrint, true},
		{"enrolled anew", func() { write(t, path, "bea") }, "bea", Working, nil, true},
		{"deleted", func() { _ = os.Remove(path) }, "", NoPrint, ErrNoPrint, false},
		{"off", func() { k.SetMode(Off) }, "", Unused, nil, false},
		{"enrolled while off", func() { write(t, path, "ann") }, "", Unused, nil, true},
		{"me", func() { k.SetMode(Me) }, "ann", Working, nil, true},
		{"near again", func() { k.SetMode(Near) }, "near", Working, nil, true},
	}
	for _, s := range steps {
		s.do()
		k.Settle()
		given := l.given
		k.Settle()
		if l.given != given {
			t.Errorf("%s: the engine is given the same again", s.name)
		}
		reason := ""
		if s.reason != nil {
			reason = s.reason.Error()
		}
		st := k.Status()
		if st.Since.IsZero() == s.print {
			t.Errorf("%s: the print is said to be of %v", s.name, st.Since)
		}
		st.Since = time.Time{}
		if l.is() != s.engine || st != (Status{State: s.state, Reason: reason}) {
			t.Errorf("%s: the engine has %q, %+v", s.name, l.is(), st)
		}
	}
}

// TestOffTouchesNothing: an engine that never had a focus is not given one, not even none.
func TestOffTouchesNothing(t *testing.T) {
	k, l, _ := newKeeper(t)
	k.Settle()
	k.Renew()
	if l.given != 0 {
		t.Errorf("the engine is given %d", l.given)
	}
}

// TestCheckRefuses what cannot be used, with the remedy, and changes nothing.
func TestCheckRefuses(t *testing.T) {
	k, l, path := newKeeper(t)
	for name, want := range map[string]error{"": ErrNoPrint, "damaged": ErrBadPrint, "older": ErrOtherPrint, "ann": nil} {
		if name != "" {
			write(t, path, name)
		}
		err := k.Check(Me)
		if !errors.Is(err, want) || err != nil && !strings.HasSuffix(err.Error(), ": stillmic voiceprint enroll") {
			t.Errorf("a print that is %q: %v, want %v", name, err, want)
		}
		_ = os.Remove(path)
	}
	if k.Check(Near) != nil || k.Check(Off) != nil || l.given != 0 {
		t.Error("near or off is refused, or the engine was given something")
	}
}

// TestRenewBringsBack a focus that has failed, and one that cannot be made says why; one that works is
// left alone.
func TestRenewBringsBack(t *testing.T) {
	k, l, _ := newKeeper(t)
	k.SetMode(Near)
	k.Settle()
	l.fails = true
	k.Settle()
	if st := k.Status(); st.State != Failed || st.Reason != ErrFailed.Error() || l.given != 1 {
		t.Errorf("%+v, the engine was given %d", st, l.given)
	}
	l.fails = false
	k.Renew()
	if st := k.Status(); st.State != Working || l.given != 2 {
		t.Errorf("%+v, the engine was given %d, want 2", st, l.given)
	}
	if k.Renew(); l.given != 2 {
		t.Errorf("what works is given again, for the %dth time", l.given)
	}
	k.o.NewNear = func() (engine.Focus, error) { return nil, errors.New("no weights") }
	l.fails = true
	k.Renew()
	if st := k.Status(); st.State != Failed || st.Reason != "no weights" || l.focus != nil {
		t.Errorf("%+v", st)
	}
}

// TestOtherIsHeld: somebody who looks seconds later learns that another's voice was lowered, but
// not of an earlier focus.
func TestOtherIsHeld(t *testing.T) {
	k, l, _ := newKeeper(t)
	k.SetMode(Near)
	k.Settle()
	l.other = true
	k.Settle()
	if l.other = false; !k.Status().Other {
		t.Error("another's voice is forgotten at once")
	}
	k.heard.Store(time.Now().Add(-heardFor).UnixNano())
	if k.Status().Other {
		t.Error("another's voice is said to be there for ever")
	}
	k.heard.Store(time.Now().UnixNano())
	k.SetMode(Off)
	k.Settle()
	if k.Status().Other {
		t.Error("off, another's voice is said to be lowered")
	}
}

// TestRunFollows without being asked.
func TestRunFollows(t *testing.T) {
	k, _, path := newKeeper(t)
	go k.Run(t.Context())
	k.SetMode(Me)
	await := func(want State) {
		for end := time.Now().Add(time.Minute); k.Status().State != want; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%+v, want %s", k.Status(), want)
			}
		}
	}
	await(NoPrint)
	write(t, path, "ann")
	k.Look()
	await(Working)
}

func TestModes(t *testing.T) {
	for _, m := range Modes {
		var got Mode
		if err := got.UnmarshalText([]byte(m)); err != nil || got != m {
			t.Errorf("%s: %s, %v", m, got, err)
		}
	}
	if err := new(Mode).UnmarshalText([]byte("you")); err == nil || err.Error() != `invalid focus "you": use off, near or me` {
		t.Error(err)
	}
}
