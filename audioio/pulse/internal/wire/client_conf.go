package wire

import (
	"bufio"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// systemConfig is where PulseAudio's configuration for all users lies.
const systemConfig = "/etc/pulse"

// defaultServer returns what PulseAudio's client.conf says where the server is, "" where it
// says nothing: the user's own, or that of the system with what lies in client.conf.d
// beside it, whose last word counts. See pulse-client.conf(5).
func defaultServer(system string) string {
	for _, file := range userConfigs() {
		if _, err := os.Stat(file); err == nil {
			return serverIn(withFolder(file))
		}
	}
	return serverIn(withFolder(filepath.Join(system, "client.conf")))
}

// userConfigs are the places of a user's client.conf; the first that is there counts.
func userConfigs() (list []string) {
	if file := os.Getenv("PULSE_CLIENTCONFIG"); file != "" {
		list = append(list, file)
	}
	if dir, err := os.UserConfigDir(); err == nil {
		list = append(list, filepath.Join(dir, "pulse", "client.conf"))
	}
	if dir, err := os.UserHomeDir(); err == nil {
		list = append(list, filepath.Join(dir, ".pulse", "client.conf"))
	}
	return list
}

// withFolder adds the files of the folder FILE.d, in their order.
func withFolder(file string) []string {
	more, _ := filepath.Glob(filepath.Join(file+".d", "*.conf")) // the pattern is right
	slices.Sort(more)
	return append([]string{file}, more...)
}

// serverIn returns the last default-server in files; one that cannot be read says nothing.
func serverIn(files []string) (server string) {
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			continue
		}
		for lines := bufio.NewScanner(f); lines.Scan(); {
			line := strings.TrimSpace(lines.Text())
			if line == "" || line[0] == '#' || line[0] == ';' {
				continue
			}
			if key, value, ok := strings.Cut(line, "="); ok && strings.TrimSpace(key) == "default-server" {
				server = strings.TrimSpace(value)
			}
		}
		_ = f.Close() // it was only read
	}
	return server
}
