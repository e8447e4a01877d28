package supervisor

import (
	"errors"
	"time"

	"github.com/stillmic/stillmic/daemon/device"
)

// Why a command was not carried out.
var (
	ErrNoServer = errors.New("there is no sound server just now")
	ErrNoAnswer = errors.New("the sound server does not answer")
)

// command is something to be done with the sound server by the supervisor, which alone
// decides about devices.
type command struct {
	do   func(srv device.Server, s Snapshot) error
	done chan error // has room for one
}

// commandPatience is how long the supervisor may be busy, most likely with a server that
// does not answer, until a command is given up.
const commandPatience = 4 * time.Second

// Do has the supervisor's goroutine do something with the server, and waits for that. It
// returns ErrNoServer or ErrNoAnswer where that is not possible just now.
func (s *Supervisor) Do(do func(srv device.Server, s Snapshot) error) error {
	c := command{do, make(chan error, 1)}
	select {
	case s.commands <- c:
	case <-time.After(commandPatience):
		return ErrNoServer
	}
	select {
	case err := <-c.done:
		return err
	case <-time.After(commandPatience):
		return ErrNoAnswer
	}
}

// carryOut does what a command says.
func (s *Supervisor) carryOut(c command) error {
	if s.here.srv == nil {
		return ErrNoServer
	}
	return c.do(s.here.srv, s.here)
}
