package daemon

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"go.uber.org/zap"
)

// choices remembers what a person chose through the tray, the page or the
// command line, so that it holds after a restart. The configuration file stays
// the person's own: nothing is ever written into it.
//
// A choice goes before the configuration it was made under, and ends when the
// file says something else than it did then: what was decided last counts.
type choices struct {
	path string
	log  *zap.Logger

	mu     sync.Mutex
	list   map[string]choice
	config map[string]string // what the configuration says, by its keys
	wake   chan struct{}     // one token: list is not what the file holds
	quit   chan struct{}
	ended  chan struct{}
}

// choice is one value and the one it took the place of.
type choice struct {
	Value  string `json:"value"`
	Config string `json:"config"` // what the configuration said when it was made
}

// saveEvery is how often the file is written at most; a slider changes the
// strength many times a second.
const saveEvery = time.Second

// openChoices reads the file at path, if there is one. A file that cannot be
// read is logged and replaced with the next choice.
func openChoices(path string, config map[string]string, log *zap.Logger) *choices {
	c := &choices{path: path, log: log, list: map[string]choice{}, config: config,
		wake: make(chan struct{}, 1), quit: make(chan struct{}), ended: make(chan struct{})}
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &c.list)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		log.Warn("earlier choices are lost", zap.Error(fmt.Errorf("read %s: %w", path, err)))
	}
	if c.list == nil {
		c.list = map[string]choice{} // the file says "null"
	}
	go c.save()
	return c
}

// get returns the choice for a key that still holds.
func (c *choices) get(key string) (string, bool) {
	if c == nil {
		return "", false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	v, there := c.list[key]
	return v.Value, there && v.Config == c.config[key]
}

// set remembers a choice; it never waits for the disk.
func (c *choices) set(key, value string) {
	if c == nil {
		return // the daemon does not run yet
	}
	c.mu.Lock()
	c.list[key] = choice{value, c.config[key]}
	c.mu.Unlock()
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// close writes what is not written yet.
func (c *choices) close() {
	close(c.quit)
	<-c.ended
}

// save writes the file after a change, at once and then every saveEvery.
func (c *choices) save() {
	defer close(c.ended)
	failed := false
	for last := false; !last; {
		select {
		case <-c.wake:
		case <-c.quit:
			last = true
			select {
			case <-c.wake:
			default:
				return
			}
		}
		err := c.write()
		if err != nil && !failed {
			c.log.Warn("choices will not survive a restart", zap.Error(err))
		}
		failed = err != nil
		select {
		case <-c.quit:
		case <-time.After(saveEvery):
		}
	}
}

// write replaces the file as a whole, so that a power cut leaves the old one
// or the new one.
func (c *choices) write() error {
	c.mu.Lock()
	text, err := json.MarshalIndent(c.list, "", "  ")
	c.mu.Unlock()
	if err != nil {
		return fmt.Errorf("save choices: %w", err)
	}
	if err := writeFile(c.path, append(text, '\n')); err != nil {
		return fmt.Errorf("save choices: %w", err)
	}
	return nil
}

// writeFile writes a file of the user's own beside path and moves it there. What a
// program that was killed meanwhile leaves behind is used by the next.
func writeFile(path string, text []byte) (err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	part := filepath.Join(dir, "."+filepath.Base(path)+".part")
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	if _, err := f.Write(text); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
