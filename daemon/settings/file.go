package settings

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"go.uber.org/zap"

	"github.com/stillmic/stillmic/audioio/atomicfile"
	"github.com/stillmic/stillmic/daemon/config"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/strength"
	"github.com/stillmic/stillmic/daemon/voice"
)

// file holds some of the choices, so that they outlive the daemon. The configuration
// stays the person's own: nothing is ever written into it.
//
// It is a JSON object of {"value": ..., "config": "..."} by key.
type file struct {
	path   string
	log    *zap.Logger
	encode func() ([]byte, error)
	other  map[string]json.RawMessage // entries that are not understood, which stay

	wake  chan struct{} // one token: the file is not up to date
	quit  chan struct{}
	ended chan struct{}
}

// saveEvery is how often a file is written at most; a slider changes the strength many
// times a second.
const saveEvery = time.Second

// entry is one choice as a file holds it.
type entry interface {
	load(value json.RawMessage, says string) error
	save() (value any, says string, there bool)
}

// slot is a choice of Chosen as an entry. check, which may be nil, reports what is wrong
// with a value.
type slot[T any] struct {
	choice **Choice[T]
	check  func(T) error
}

// load takes a value as JSON, or as a text that is JSON: so were numbers, switches and the
// voice written by earlier versions.
func (s slot[T]) load(raw json.RawMessage, says string) error {
	if len(raw) == 0 || string(raw) == "null" {
		return errors.New("it has no value")
	}
	var v T
	err := json.Unmarshal(raw, &v)
	var text string
	if err != nil && json.Unmarshal(raw, &text) == nil && json.Unmarshal([]byte(text), &v) == nil {
		err = nil
	}
	if err == nil && s.check != nil {
		err = s.check(v)
	}
	if err == nil {
		*s.choice = &Choice[T]{v, says}
	}
	return err
}

func (s slot[T]) save() (value any, says string, there bool) {
	if *s.choice == nil {
		return nil, "", false
	}
	return (*s.choice).Value, (*s.choice).Config, true
}

// persistent lists what choices.json holds.
func (c *Chosen) persistent() map[string]entry {
	return map[string]entry{
		keyStrength: slot[strength.Limit]{&c.Strength, nil},
		keyModel:    slot[string]{&c.Model, nil},
		keyLatency:  slot[control.LatencyBudget]{&c.Latency, nil},
		keyEcho:     slot[control.EchoMode]{&c.Echo, nil},
		keyFocus:    slot[control.FocusMode]{&c.Focus, nil},
		keyDevice:   slot[string]{&c.Device, nil},
		keyChannel:  slot[int]{&c.Channel, control.CheckChannel},
		keyDefault:  slot[bool]{&c.Default, nil},
		keyPreset: slot[string]{&c.Preset, func(name string) error {
			_, _, err := config.Voice{Preset: name}.Settings()
			return err
		}},
		keyPresetFocus: slot[control.FocusMode]{&c.PresetFocus, nil},
		keyVoice:       slot[voice.Settings]{&c.Voice, voice.Settings.Check},
		keyTalk:        slot[control.TalkMode]{&c.Talk, nil},

		keySpeakerOn:     slot[bool]{&c.SpeakerOn, nil},
		keySpeakerLimit:  slot[strength.Limit]{&c.SpeakerStrength, nil},
		keySpeakerDevice: slot[string]{&c.SpeakerDevice, nil},
	}
}

// session lists what session.json holds.
func (c *Chosen) session() map[string]entry {
	return map[string]entry{
		keyMute:          slot[bool]{&c.Mute, nil},
		keyBypass:        slot[bool]{&c.Bypass, nil},
		keyDefaultBefore: slot[string]{&c.DefaultBefore, nil},
	}
}

// onDisk is one choice in a file.
type onDisk struct {
	Value  any    `json:"value"`
	Config string `json:"config"`
}

// openFile reads the choices of a file, if it is there, and keeps it up to date from now on.
func (s *Store) openFile(path string, list func(*Chosen) map[string]entry) *file {
	f := &file{path: path, log: s.o.Log, other: map[string]json.RawMessage{},
		wake: make(chan struct{}, 1), quit: make(chan struct{}), ended: make(chan struct{})}
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &f.other)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		f.log.Warn("earlier choices are lost", zap.Error(fmt.Errorf("read %s: %w", path, err)))
	}
	for key, e := range list(&s.chosen) {
		raw, there := f.other[key]
		if !there {
			continue
		}
		var d struct {
			Value  json.RawMessage `json:"value"`
			Config string          `json:"config"`
		}
		if err = json.Unmarshal(raw, &d); err == nil {
			err = e.load(d.Value, d.Config)
		}
		if err != nil {
			f.log.Warn("an earlier choice cannot be used", zap.String("key", key), zap.Error(err))
			continue // it stays in the file until another takes its place
		}
		delete(f.other, key)
	}
	f.encode = func() ([]byte, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		all := map[string]any{}
		for key, raw := range f.other {
			all[key] = raw
		}
		for key, e := range list(&s.chosen) {
			if value, says, there := e.save(); there {
				all[key] = onDisk{value, says}
			}
		}
		return json.MarshalIndent(all, "", "  ")
	}
	go f.keep()
	return f
}

// save has the file written soon; it never waits for the disk.
func (f *file) save() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// close writes what is not written yet.
func (f *file) close() {
	close(f.quit)
	<-f.ended
}

// keep writes the file after a change, at once and then every saveEvery.
func (f *file) keep() {
	defer close(f.ended)
	failed := false
	for last := false; !last; {
		select {
		case <-f.wake:
		case <-f.quit:
			last = true
			select {
			case <-f.wake:
			default:
				return
			}
		}
		err := f.write()
		if err != nil && !failed {
			f.log.Warn("choices will not survive a restart", zap.Error(err))
		}
		failed = err != nil
		select {
		case <-f.quit:
		case <-time.After(saveEvery):
		}
	}
}

// write replaces the file as a whole, so that a power cut leaves the old one or the new
// one.
func (f *file) write() error {
	text, err := f.encode()
	if err == nil {
		err = os.MkdirAll(filepath.Dir(f.path), 0o700)
	}
	if err == nil {
		err = atomicfile.WriteFile(f.path, append(text, '\n'), 0o600)
	}
	if err != nil {
		return fmt.Errorf("save choices: %w", err)
	}
	return nil
}
