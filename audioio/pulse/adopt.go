package pulse

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jfreymuth/pulse/proto"

	"github.com/stillmic/stillmic/audioio"
)

// adopt takes over the virtual microphone that an earlier process left on the
// server, so that programs that record it go on with it, and reports whether there is
// one. One that is made otherwise than ours, or of which a part is missing, is not taken.
func (m *VirtualMic) adopt(o PublishOptions) (bool, error) {
	path, recipes := "", m.sinkRecipes(o)
	if m.path == PathPipe {
		var err error
		if path, err = fifoPath(o); err != nil {
			return false, err
		}
		recipes = []recipe{pipeRecipe(o, path)}
	}
	there, err := m.pulse.ourModules(o.Name)
	if err != nil || !sameModules(there, recipes) {
		return false, err
	}
	err = m.pulse.ctl.Request("look for "+o.Name, &proto.GetSourceInfo{SourceIndex: proto.Undefined, SourceName: o.Name},
		&proto.GetSourceInfoReply{})
	if refused(err, proto.ErrNoSuchEntity) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	for _, r := range there {
		m.modules = append(m.modules, r.ModuleIndex)
	}
	if m.path == PathPipe {
		if err = m.openPipe(path); err == nil {
			m.out.Flush() // what the earlier process has written is not for those that record it now
		}
	} else {
		err = m.openSink(o)
	}
	if errors.Is(err, audioio.ErrServerGone) {
		return false, err
	}
	if err != nil { // its FIFO is gone, or its sink
		m.modules = nil
		return false, nil
	}
	return true, nil
}

// sameModules reports whether the modules are those of the recipes, whatever their
// properties: those are for people, and may be others in another version.
func sameModules(there []*proto.GetModuleInfoReply, recipes []recipe) bool {
	if len(there) != len(recipes) {
		return false
	}
	for i, r := range recipes {
		if there[i].ModuleName != r.module || shape(there[i].ModuleArgs) != shape(r.args) {
			return false
		}
	}
	return true
}

// shape is what of a module's arguments decides how audio gets through it: all before
// the properties.
func shape(args string) string {
	before, _, _ := strings.Cut(args, "_properties=")
	return before
}

// Withdraw gives the microphone up. Where programs record it and they are not to be
// ended, the device stays, they hear silence, and the next process that publishes adopts
// it; else it is taken away. It reports whether it was, and what could not be undone.
func (m *VirtualMic) Withdraw(end bool) (gone bool, err error) {
	m.once.Do(func() {
		m.stop()
		var errs []error
		if m.out != nil {
			errs = append(errs, m.out.Close())
		}
		m.left = !end && m.recorded()
		if !m.left {
			errs = append(errs, m.pulse.takeDown(m.name, m.modules), m.pulse.removeStandIn(m.name))
		}
		m.closed = errors.Join(errs...)
	})
	return !m.left, m.closed
}

// recorded reports whether a program records the microphone, or has paused to; where the
// server does not say, one may. Level meters of mixers do not count.
func (m *VirtualMic) recorded() bool {
	list, err := m.pulse.recordings(m.name)
	if errors.Is(err, audioio.ErrServerGone) && m.pulse.ctl.Failure() != nil {
		return false // it went with the server
	}
	for _, r := range list {
		if !isMeter(r) {
			return true
		}
	}
	return err != nil || len(m.pulse.linked(m.name)) > 0
}

// stop ends the watching of the microphone.
func (m *VirtualMic) stop() {
	m.ended.Store(true)
	m.pulse.watch.onListeners(nil)
	m.pulse.watch.own.Store(nil)
	m.pulse.watch.vanished()
	m.pulse.watch.tended.Store(nil)
	m.awaitTending()
	m.pulse.closed(m)
}

// awaitTending waits until what has begun to tend the microphone has ended.
func (m *VirtualMic) awaitTending() {
	m.tending.Lock()
	defer m.tending.Unlock()
}

// build makes the microphone anew. What is left of an earlier one is removed first.
func (m *VirtualMic) build(o PublishOptions) error {
	if _, err := m.pulse.Cleanup(o.Name); err != nil {
		return err
	}
	build := m.buildSink
	if m.path == PathPipe {
		build = m.buildPipe
	}
	err := build(o)
	if err == nil {
		err = m.pulse.waitSource(o.Name)
	}
	if err != nil {
		_, undo := m.Withdraw(true)
		return errors.Join(fmt.Errorf("as a %v: %w", m.path, err), undo)
	}
	return nil
}

// releaseLook is how often it is looked without news: a paused recording ends without, and another
// process takes over.
const releaseLook = 5 * time.Second

// AwaitRelease waits until no program records the virtual microphone called name, which a process
// that has ended has left to them, or over reports true, which is asked now and then. Programs that
// the server moves off it meanwhile are put back: they hear silence there, not the room. It
// returns ErrServerGone, and the error of ctx.
func (p *Server) AwaitRelease(ctx context.Context, name string, over func() bool) error {
	m := &VirtualMic{pulse: p, name: name}
	p.watch.own.Store(&m.name)
	p.watch.touch()
	for !over() && m.recorded() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case _, there := <-p.Events():
			if !there {
				return audioio.ErrServerGone
			}
		case <-time.After(releaseLook):
		}
	}
	return nil
}
