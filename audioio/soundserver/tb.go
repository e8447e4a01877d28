package soundserver

import (
	"os"
	"path/filepath"
)

// TB is the part of testing.TB this package uses.
type TB interface {
	Helper()
	Cleanup(func())
	TempDir() string
	Fatalf(format string, args ...any)
}

// StartPulseAudio starts a private PulseAudio that ends with the test.
func StartPulseAudio(tb TB) *Server { tb.Helper(); return start(tb, PulseAudio) }

// StartKind starts a private server of the given kind that ends with the test.
func StartKind(tb TB, kind Kind) *Server { tb.Helper(); return start(tb, kind) }

func start(tb TB, kind Kind) *Server {
	tb.Helper()
	dir := tb.TempDir()
	if len(filepath.Join(dir, "pulse", "native")) > maxSocketPath {
		// The name of a deep sub-test makes too long a path for a socket.
		short, err := os.MkdirTemp("", "stillmic")
		if err != nil {
			tb.Fatalf("folder for the server: %v", err)
		}
		tb.Cleanup(func() { _ = os.RemoveAll(short) })
		dir = short
	}
	s, err := Start(kind, dir)
	if err != nil {
		tb.Fatalf("%v", err)
	}
	tb.Cleanup(func() { _ = s.Close() })
	return s
}

// UseALSA has ALSA, in this process, reach the server by names of a test's own: config is the part of its
// configuration that gives them.
func (s *Server) UseALSA(tb interface {
	TB
	Setenv(key, value string)
}, config string,
) {
	tb.Helper()
	conf := filepath.Join(tb.TempDir(), "asound.conf")
	if err := os.WriteFile(conf, []byte("</usr/share/alsa/alsa.conf>\n"+config), 0o600); err != nil {
		tb.Fatalf("configuration of ALSA: %v", err)
	}
	tb.Setenv("ALSA_CONFIG_PATH", conf)
	tb.Setenv("PULSE_SERVER", s.PulseServer)
	tb.Setenv("PULSE_RUNTIME_PATH", filepath.Join(s.RuntimeDir, "pulse")) // libpulse would make one in /tmp
}
