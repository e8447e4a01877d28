package daemon

import (
	"fmt"
	"time"

	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/device"
)

// order is something to be done with the sound server by the supervisor, which alone
// decides about devices.
type order struct {
	do   func(srv device.Server, s situation) error
	done chan error // has room for one
}

// errNoServer answers an order while there is no server.
var errNoServer = fmt.Errorf("%w: there is no sound server just now", control.ErrNotNow)

// orderPatience is how long the supervisor may be busy, most likely with a server that
// does not answer, until an order is given up.
const orderPatience = 4 * time.Second

// order has the supervisor do something, and waits for that.
func (d *Daemon) order(do func(srv device.Server, s situation) error) error {
	o := order{do, make(chan error, 1)}
	select {
	case d.orders <- o:
	case <-time.After(orderPatience):
		return errNoServer
	}
	select {
	case err := <-o.done:
		return err
	case <-time.After(orderPatience):
		return fmt.Errorf("%w: the sound server does not answer", control.ErrNotNow)
	}
}
