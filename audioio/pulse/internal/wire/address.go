package wire

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// defaultPort is where a sound server listens for TCP.
const defaultPort = "4713"

// Address is one place a sound server may listen.
type Address struct{ network, address string }

// Local reports whether the server shares our file system, so that it can open a
// FIFO that we made.
func (a Address) Local() bool { return a.network == "unix" }

// String returns network and address, as errors name them.
func (a Address) String() string { return a.network + ":" + a.address }

// Addresses returns where to look for the server, best first: server if
// given, else PULSE_SERVER, else what PulseAudio's client.conf says, else the sockets of the
// user's session and of a server for the whole system.
func Addresses(server string) []Address {
	if server == "" {
		server = os.Getenv("PULSE_SERVER")
	}
	if server == "" {
		server = defaultServer(systemConfig)
	}
	if server != "" {
		return parseServer(server)
	}
	var list []Address
	add := func(dir string, parts ...string) {
		if dir != "" {
			list = append(list, Address{"unix", filepath.Join(append([]string{dir}, parts...)...)})
		}
	}
	add(os.Getenv("PULSE_RUNTIME_PATH"), "native")
	if dir := os.Getenv("XDG_RUNTIME_DIR"); dir != "" {
		add(dir, "pulse", "native")
	} else if uid := os.Getuid(); uid >= 0 {
		add("/run/user", strconv.Itoa(uid), "pulse", "native")
	}
	add("/run/pulse", "native")
	return list
}

// parseServer reads a server string: addresses separated by blanks, each
// perhaps for one machine only ({name}unix:/path).
// https://www.freedesktop.org/wiki/Software/PulseAudio/Documentation/User/ServerStrings/
func parseServer(s string) []Address {
	hostname, _ := os.Hostname() // without a name, entries for one machine do not match
	var list []Address
	for field := range strings.FieldsSeq(s) {
		if rest, ok := strings.CutPrefix(field, "{"); ok {
			machine, addr, _ := strings.Cut(rest, "}")
			if machine != hostname {
				continue
			}
			field = addr
		}
		if field != "" {
			list = append(list, parseAddress(field))
		}
	}
	return list
}

func parseAddress(s string) Address {
	if strings.HasPrefix(s, "/") {
		return Address{"unix", s}
	}
	if path, ok := strings.CutPrefix(s, "unix:"); ok {
		return Address{"unix", path}
	}
	network := "tcp"
	for _, prefix := range []string{"tcp4", "tcp6", "tcp"} {
		if rest, ok := strings.CutPrefix(s, prefix+":"); ok {
			network, s = prefix, rest
			break
		}
	}
	if _, _, err := net.SplitHostPort(s); err != nil {
		s = net.JoinHostPort(strings.Trim(s, "[]"), defaultPort)
	}
	return Address{network, s}
}

// cookie returns the 256 bytes that prove who we are. A server on the
// same machine knows us by the socket and takes any, so a missing cookie is
// no error here: the server decides.
func cookie() []byte {
	const size = 256
	var paths []string
	if p := os.Getenv("PULSE_COOKIE"); p != "" {
		paths = append(paths, p)
	}
	if dir, err := os.UserConfigDir(); err == nil {
		paths = append(paths, filepath.Join(dir, "pulse", "cookie"))
	}
	if dir, err := os.UserHomeDir(); err == nil {
		paths = append(paths, filepath.Join(dir, ".pulse-cookie"))
	}
	for _, p := range paths {
		if b, err := os.ReadFile(p); err == nil && len(b) >= size {
			return b[:size]
		}
	}
	return make([]byte, size)
}
