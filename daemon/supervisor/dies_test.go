package supervisor

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/device"
)

// dyingServer dies between its answer and the publishing of the microphone, once.
type dyingServer struct {
	*quietServer
	died atomic.Int32
	none bool // no server answers at all
}

func (d *dyingServer) Dial(context.Context) (device.Server, error) {
	if d.none {
		return nil, audioio.ErrNoServer
	}
	return d, nil
}

func (d *dyingServer) Publish() (device.Sink, error) {
	if d.died.Add(1) == 1 {
		return nil, fmt.Errorf("publish: %w", audioio.ErrServerGone)
	}
	return &quietSink{}, nil
}

// A server that dies while the daemon starts is waited for without --wait, too; one that is not
// there is an error.
func TestServerDiesAtTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &dyingServer{quietServer: newQuietServer()}
		s := newQuietSupervisor(t, d.quietServer)
		s.o.Backend, s.o.Wait, s.here = d, false, Snapshot{}
		ended := begin(t, s.Run)
		time.Sleep(10 * time.Second)
		if len(ended) != 0 {
			t.Fatalf("it ended with %v", <-ended)
		}
		if n := d.died.Load(); n < 2 {
			t.Error("the microphone was not published again")
		}
		none := &dyingServer{quietServer: newQuietServer(), none: true}
		s = newQuietSupervisor(t, none.quietServer)
		s.o.Backend, s.o.Wait, s.here = none, false, Snapshot{}
		if err := <-begin(t, s.Run); !errors.Is(err, audioio.ErrNoServer) {
			t.Errorf("without a server it ends with %v", err)
		}
	})
}
