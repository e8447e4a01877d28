package focus

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/stillmic/stillmic/daemon/engine"
	"github.com/stillmic/stillmic/model/voiceprint"
)

// Engine is what a focus is for; *engine.Engine is one.
type Engine interface {
	SetFocus(f engine.Focus)
	// Other reports whether the focus is lowering another's voice.
	Other() bool
	// FocusFailed reports whether the focus was left out after a panic, and none has taken its place.
	FocusFailed() bool
}

// Options is what a Keeper is made of.
type Options struct {
	Engine Engine

	// Path is where the voice print lies, and Read reads it.
	Path func() (string, error)
	Read func(path string) (*voiceprint.Print, error)

	// NewNear and NewMe make what lowers voices.
	NewNear func() (engine.Focus, error)
	NewMe   func(p *voiceprint.Print) (engine.Focus, error)

	Changed func() // says that there is news
	Log     *zap.Logger
}

// Why a focus is not used, each with the remedy.
var (
	ErrNoPrint    = errors.New("no voice is enrolled; enrol yours: stillmic voiceprint enroll")
	ErrOtherPrint = errors.New("your voice print was made for another version of stillmic; enrol again: stillmic voiceprint enroll")
	ErrFailed     = errors.New("it failed, so everybody is heard; choose it again")
	ErrBadPrint   = errors.New("your voice print is damaged; enrol again: stillmic voiceprint enroll")
)

// heardFor is how long another's voice is said to be there after it was lowered last: who looks
// at the status is to see it.
const heardFor = 8 * time.Second

// Keeper has the engine use the focus that is chosen, for as long as it can. Its methods may be
// called from anywhere.
type Keeper struct {
	o      Options
	mode   atomic.Pointer[Mode]
	wake   chan struct{} // one token: look
	status atomic.Pointer[Status]
	heard  atomic.Int64 // when another's voice was lowered last, Unix time in ns

	mu    sync.Mutex  // held while the engine's focus changes
	given Mode        // what the engine was given
	print os.FileInfo // of which print, nil for none
}

// New returns a Keeper that is off.
func New(o Options) *Keeper {
	k := &Keeper{o: o, wake: make(chan struct{}, 1), given: Off}
	off := Off
	k.mode.Store(&off)
	k.status.Store(&Status{State: Unused})
	return k
}

// SetMode changes whose voices stay. It does not wait: Run follows, or Settle.
func (k *Keeper) SetMode(m Mode) {
	if *k.mode.Swap(&m) != m {
		k.Look()
	}
}

// Look has Run see whether the voice print is another.
func (k *Keeper) Look() {
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// Run follows mode and voice print until ctx ends.
func (k *Keeper) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-k.wake:
			k.Settle()
		}
	}
}

// Check says why a mode cannot be used now, nil if it can.
func (k *Keeper) Check(m Mode) error {
	_, err := k.make(m)
	return err
}

// Settle gives the engine what is chosen, unless it has it.
func (k *Keeper) Settle() { k.settle(false) }

// Renew is Settle, also where what the engine has does not work.
func (k *Keeper) Renew() { k.settle(true) }

func (k *Keeper) settle(anew bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.noteOther()
	mode, before := *k.mode.Load(), k.status.Load().State
	works := before == Working && !k.o.Engine.FocusFailed()
	var there os.FileInfo
	if mode == Me {
		there = k.stat()
	}
	if mode == k.given && sameFile(there, k.print) && (works || !anew) {
		if before == Working && !works {
			k.say(Status{State: Failed, Reason: ErrFailed.Error()})
		}
		return
	}
	k.given, k.print = mode, there
	f, err := k.make(mode)
	now := Status{State: stateOf(mode, err)}
	if err != nil {
		now.Reason = err.Error()
	}
	if f != nil || before == Working {
		k.o.Engine.SetFocus(f)
	}
	k.say(now)
}

// say has everybody know what becomes of the mode.
func (k *Keeper) say(now Status) {
	before := k.status.Swap(&now).State
	k.heard.Store(0)
	mode := zap.String("mode", string(k.given))
	if now.Reason != "" {
		k.o.Log.Warn("focus is not in use", mode, zap.String("reason", now.Reason))
	} else if before != Unused || k.given != Off {
		k.o.Log.Info("focus", mode)
	}
	k.o.Changed()
}

// make makes what the engine needs for a mode, nil for Off.
func (k *Keeper) make(m Mode) (f engine.Focus, err error) {
	switch m {
	case Near:
		f, err = k.o.NewNear()
	case Me:
		var p *voiceprint.Print
		if p, err = k.read(); err == nil {
			f, err = k.o.NewMe(p)
		}
	}
	switch {
	case errors.Is(err, voiceprint.ErrOtherNetwork):
		return nil, ErrOtherPrint
	case errors.Is(err, voiceprint.ErrNoPrint):
		return nil, ErrBadPrint
	case err != nil:
		return nil, err
	}
	return f, nil
}

// read reads the voice print.
func (k *Keeper) read() (*voiceprint.Print, error) {
	path, err := k.o.Path()
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoPrint
	}
	p, err := k.o.Read(path)
	if err != nil {
		return nil, fmt.Errorf("read the voice print: %w", err)
	}
	return p, nil
}

// stateOf is the state after a focus was made, or not.
func stateOf(m Mode, err error) State {
	switch {
	case m == Off:
		return Unused
	case err == nil:
		return Working
	case errors.Is(err, ErrNoPrint):
		return NoPrint
	case m == Me:
		return BadPrint
	}
	return Failed
}

// stat is what the file system says of the voice print, nil where there is none.
func (k *Keeper) stat() os.FileInfo {
	path, err := k.o.Path()
	if err != nil {
		return nil
	}
	st, err := os.Stat(path)
	if err != nil {
		return nil
	}
	return st
}

// sameFile reports whether two are the same file, unchanged.
func sameFile(a, b os.FileInfo) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime()) && a.Mode() == b.Mode()
}

// noteOther remembers that another's voice is being lowered.
func (k *Keeper) noteOther() {
	if k.o.Engine.Other() {
		k.heard.Store(time.Now().UnixNano())
	}
}

// Status returns the present state.
func (k *Keeper) Status() Status {
	k.noteOther()
	s := *k.status.Load()
	if there := k.stat(); there != nil {
		s.Since = there.ModTime()
	}
	s.Other = s.State == Working && time.Since(time.Unix(0, k.heard.Load())) < heardFor
	return s
}
