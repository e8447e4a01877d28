// Package control is the daemon's control socket: HTTP and JSON over a unix
// socket that only the user can open, and the client of it.
//
//	GET  /v1/status                              the state, as JSON
//	POST /v1/strength  {"strength": "medium"}    or a number of dB
//	POST /v1/bypass    {"on": true}
//
// A POST answers with the state after it. An error is {"error": "..."} with a
// fitting status code.
package control

import (
	"errors"
	"path/filepath"
)

// socketName and lockName are files in the runtime folder. The lock is held
// for as long as the process lives, however it ends.
const (
	socketName = "control.sock"
	lockName   = "control.lock"
)

// What can be compared with errors.Is.
var (
	// ErrRunning: another daemon holds the socket.
	ErrRunning = errors.New("another stillmic is already running")

	// ErrNoDaemon: nothing answers at the socket.
	ErrNoDaemon = errors.New("no stillmic is running")
)

// SocketPath returns the socket's path in a runtime folder.
func SocketPath(dir string) string { return filepath.Join(dir, socketName) }

// API is what the socket can do. Its functions are called from many goroutines.
type API struct {
	Status   func() any
	Strength func(text string) error
	Bypass   func(on bool)
}
