package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// Load reads a file over the defaults. A file that is not there is an error only if
// required is set.
func Load(path string, required bool) (Config, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && !required {
		return Default(), nil
	}
	if err != nil {
		return Config{}, fmt.Errorf("read the configuration: %w", err)
	}
	return parse(path, text)
}

func parse(path string, text []byte) (Config, error) {
	c := Default()
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // a byte order mark, which some editors of Windows write
	d := toml.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return Config{}, explainTOML(path, text, err)
	}
	for i, r := range c.Rules {
		if err := r.Check(); err != nil {
			return Config{}, fmt.Errorf("%s: rule %d: %w", path, i+1, err)
		}
	}
	for _, check := range checks {
		if err := check.check(&c); err != nil {
			return Config{}, at(path, text, check.key, err)
		}
	}
	return c, nil
}

// at puts the place of a key before an error.
func at(path string, text []byte, key string, err error) error {
	return fmt.Errorf("%s:%d: %s: %w", path, lineOf(text, key), key, err)
}

// lineOf finds the line in which the value of a key is set, 1 if it is not.
func lineOf(text []byte, key string) int {
	var p unstable.Parser
	p.Reset(text)
	table := ""
	for p.NextExpression() {
		e := p.Expression()
		var parts []string
		offset := uint32(0)
		for it := e.Key(); it.Next(); {
			parts = append(parts, string(it.Node().Data))
			offset = it.Node().Raw.Offset
		}
		name := strings.Join(parts, ".")
		if e.Kind == unstable.Table {
			table = name + "."
			continue
		}
		// An inline table holds keys further down.
		if full := table + name; full == key || strings.HasPrefix(key, full+".") {
			return 1 + bytes.Count(text[:offset], []byte("\n"))
		}
	}
	return 1
}
