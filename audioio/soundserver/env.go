package soundserver

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Env returns the environment for a program that is to use this server: that
// of this process, with every variable that names another server replaced.
func (s *Server) Env() []string {
	var env []string
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		switch {
		case strings.HasPrefix(name, "PULSE_"), strings.HasPrefix(name, "PIPEWIRE_"),
			strings.HasPrefix(name, "XDG_"), strings.HasPrefix(name, "DBUS_"),
			name == "DISPLAY", name == "WAYLAND_DISPLAY", name == "HOME":
		default:
			env = append(env, kv)
		}
	}
	env = append(env, "HOME="+s.RuntimeDir, "XDG_RUNTIME_DIR="+s.RuntimeDir,
		"PULSE_RUNTIME_PATH="+filepath.Join(s.RuntimeDir, "pulse"),
		"PULSE_SERVER="+s.PulseServer,
		"XDG_CONFIG_HOME="+filepath.Join(s.RuntimeDir, "config"),
		"XDG_STATE_HOME="+filepath.Join(s.RuntimeDir, "state"),
		"XDG_CACHE_HOME="+filepath.Join(s.RuntimeDir, "cache"))
	if s.Kind == PipeWire {
		env = append(env, "PIPEWIRE_RUNTIME_DIR="+s.RuntimeDir,
			"DBUS_SESSION_BUS_ADDRESS=unix:path="+filepath.Join(s.RuntimeDir, "bus"))
	}
	return env
}

// Logs returns the last lines the server's processes wrote.
func (s *Server) Logs() string {
	files, err := filepath.Glob(filepath.Join(s.RuntimeDir, "*.log"))
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			return err.Error()
		}
		const tail = 2000
		if len(text) > tail {
			text = text[len(text)-tail:]
		}
		if len(text) > 0 {
			fmt.Fprintf(&b, "%s:\n%s\n", filepath.Base(f), text)
		}
	}
	return b.String()
}
