package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/stillmic/stillmic/audioio/atomicfile"
)

// lastGoodName is the copy of the configuration that was read last without an error.
const lastGoodName = "last-good.toml"

// LoadOrLast reads the user's own file. Where that has a mistake it returns what was read last
// without one (the defaults, if nothing was) from the folder state, and the mistake: a microphone
// is worth more than a setting.
func LoadOrLast(path, state string) (c Config, mistake error, err error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Default(), nil, nil
	}
	if err != nil {
		return Config{}, nil, fmt.Errorf("read the configuration: %w", err)
	}
	kept := filepath.Join(state, lastGoodName)
	if c, mistake = parse(path, text); mistake == nil {
		if err := os.MkdirAll(state, 0o700); err != nil {
			return c, nil, nil //nolint:nilerr // a folder that cannot be written keeps no copy
		}
		_ = atomicfile.WriteFile(kept, text, 0o600) // the same
		return c, nil, nil
	}
	c, err = Load(kept, false)
	if err != nil {
		c = Default() // an older version's file
	}
	return c, mistake, nil
}
