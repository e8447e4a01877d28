// Package peer finds out whose program is at the other end of a connection on this machine.
package peer

import "errors"

// ErrUnknown: this system does not tell whose a connection is.
var ErrUnknown = errors.New("whose connection this is cannot be found out; use the link of: stillmic page --print")
