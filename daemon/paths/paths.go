// Package paths names the folders that are the user's own: for sockets, state and
// configuration, after the XDG base directory specification.
package paths

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// appName is the name of our folder in each of the user's.
const appName = "stillmic"

// RuntimeDir is the folder of the control socket and the FIFO:
// XDG_RUNTIME_DIR/stillmic, or one in the user's cache where the system has no
// such thing.
func RuntimeDir() (string, error) {
	if dir := os.Getenv("XDG_RUNTIME_DIR"); dir != "" {
		return filepath.Join(dir, appName), nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no folder for the control socket: set XDG_RUNTIME_DIR: %w", err)
	}
	return filepath.Join(dir, appName), nil
}

// RuntimeDirEnds reports whether the system removes that folder at log-out.
func RuntimeDirEnds() bool { return os.Getenv("XDG_RUNTIME_DIR") != "" }

// ConfigPath is where the configuration is looked for:
// XDG_CONFIG_HOME/stillmic/stillmic.toml.
func ConfigPath() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("no folder for the configuration: set XDG_CONFIG_HOME: %w", err)
	}
	return filepath.Join(dir, appName, "stillmic.toml"), nil
}

// StateDir is the folder for reports: XDG_STATE_HOME/stillmic, on Windows that in the local
// application data.
func StateDir() (string, error) { return homeDir("XDG_STATE_HOME", "reports", "state", "state") }

// DataDir is the folder for what the user would miss: XDG_DATA_HOME/stillmic, on Windows that in
// the local application data.
func DataDir() (string, error) { return homeDir("XDG_DATA_HOME", "the voice print", "share", "data") }

// homeDir is our folder in the one that a variable names. Where that is not set it lies in ~/.local/local, on
// Windows it is the folder windows of ours in the local application data. purpose is for the error.
func homeDir(variable, purpose, local, windows string) (string, error) {
	if dir := os.Getenv(variable); dir != "" {
		return filepath.Join(dir, appName), nil
	}
	find, below := os.UserHomeDir, []string{".local", local, appName}
	if runtime.GOOS == "windows" {
		find, below = os.UserCacheDir, []string{appName, windows}
	}
	dir, err := find()
	if err != nil {
		return "", fmt.Errorf("no folder for %s: set %s: %w", purpose, variable, err)
	}
	return filepath.Join(append([]string{dir}, below...)...), nil
}
