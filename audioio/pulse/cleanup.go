package pulse

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jfreymuth/pulse/proto"

	"github.com/stillmic/stillmic/audioio"
)

// unload unloads a module and waits until it is gone: PulseAudio answers
// first and unloads later, and the FIFO of a pipe source, which it removes
// last, could by then be that of the next microphone. A module that is gone
// already, alone or with its server, is as it should be.
func (p *Server) unload(index uint32) error {
	err := p.ctl.Request("unload a module", &proto.UnloadModule{ModuleIndex: index}, nil)
	for deadline := time.Now().Add(deviceTimeout); err == nil; time.Sleep(time.Millisecond) {
		err = p.ctl.Request("look for a module", &proto.GetModuleInfo{ModuleIndex: index}, &proto.GetModuleInfoReply{})
		if err == nil && time.Now().After(deadline) {
			return fmt.Errorf("unload a module: the server still has number %d after %v", index, deviceTimeout)
		}
	}
	if refused(err, proto.ErrNoSuchEntity) || errors.Is(err, audioio.ErrServerGone) && p.ctl.Failure() != nil {
		return nil
	}
	return err
}

// ourModules lists the modules that make the virtual microphone called name, in the order in
// which they are loaded: a null sink before the source of its monitor, as their names sort. Their
// numbers do not tell, for PipeWire gives those of modules that are gone to new ones, the last first.
func (p *Server) ourModules(name string) ([]*proto.GetModuleInfoReply, error) {
	var reply proto.GetModuleInfoListReply
	if err := p.ctl.Request("list modules", &proto.GetModuleInfoList{}, &reply); err != nil {
		return nil, err
	}
	list := slices.DeleteFunc(reply, func(r *proto.GetModuleInfoReply) bool { return !tagged(r.ModuleArgs, name) })
	slices.SortFunc(list, func(a, b *proto.GetModuleInfoReply) int {
		return cmp.Or(cmp.Compare(a.ModuleName, b.ModuleName), cmp.Compare(a.ModuleIndex, b.ModuleIndex))
	})
	return list, nil
}

// Cleanup unloads what a process that has ended left behind of the virtual
// microphone called name, ends the recordings of it, and returns the number of
// modules. The owner of a microphone in use must see to it that nobody calls this
// beside it.
func (p *Server) Cleanup(name string) (int, error) {
	stale, err := p.ourModules(name)
	if err != nil {
		return 0, err
	}
	indices := make([]uint32, len(stale))
	for i, r := range stale {
		indices[i] = r.ModuleIndex
	}
	if err := errors.Join(p.takeDown(name, indices), p.removeStandIn(name)); err != nil {
		return len(stale), fmt.Errorf("remove a stale virtual microphone: %w", err)
	}
	return len(stale), nil
}

// takeDown ends the recordings of the virtual microphone and unloads its modules: last
// loaded, first unloaded, for the source goes before the sink it uses. A server
// gives a program whose microphone vanishes another one, which nobody has cleaned
// or muted; so no program may be left on it.
func (p *Server) takeDown(name string, modules []uint32) error {
	if len(modules) == 0 {
		return nil
	}
	errs := []error{p.endRecordings(name, modules)}
	for _, index := range slices.Backward(modules) {
		errs = append(errs, p.unload(index))
	}
	return errors.Join(errs...)
}

// endRecordings ends the recordings of the virtual microphone but those of its own
// modules, and waits until they have ended.
func (p *Server) endRecordings(name string, modules []uint32) error {
	for deadline := time.Now().Add(deviceTimeout); ; time.Sleep(2 * time.Millisecond) {
		list, err := p.recordings(name)
		if errors.Is(err, audioio.ErrServerGone) && p.ctl.Failure() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		list = slices.DeleteFunc(list, func(r *proto.GetSourceOutputInfoReply) bool {
			return slices.Contains(modules,
				r.ModuleIndex)
		})
		if len(list) == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("end the recordings of %q: %d go on after %v", name, len(list), deviceTimeout)
		}
		for _, r := range list {
			err := p.ctl.Request("end a recording", &proto.KillSourceOutput{SourceOutputIndex: r.SourceOutpuIndex}, nil)
			if err != nil && !refused(err, proto.ErrNoSuchEntity) && !errors.Is(err, audioio.ErrServerGone) {
				return err
			}
		}
	}
}

// recordings lists the recordings of a source, paused ones among them; none if there is no
// such source.
func (p *Server) recordings(name string) ([]*proto.GetSourceOutputInfoReply, error) {
	var source proto.GetSourceInfoReply
	err := p.ctl.Request("look for "+name, &proto.GetSourceInfo{SourceIndex: proto.Undefined, SourceName: name}, &source)
	if refused(err, proto.ErrNoSuchEntity) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var reply proto.GetSourceOutputInfoListReply
	if err := p.ctl.Request("list recordings", &proto.GetSourceOutputInfoList{}, &reply); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(reply,
		func(r *proto.GetSourceOutputInfoReply) bool { return r.SourceIndex != source.SourceIndex }), nil
}

// tagged finds our tag, with exactly this name, in a module's arguments.
func tagged(args, name string) bool {
	tag := ownerKey + "=" + name
	for {
		i := strings.Index(args, tag)
		if i < 0 {
			return false
		}
		args = args[i+len(tag):]
		if args == "" || strings.ContainsRune(" \"'", rune(args[0])) {
			return true
		}
	}
}
