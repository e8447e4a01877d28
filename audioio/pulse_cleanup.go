package audioio

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jfreymuth/pulse/proto"
)

// unload unloads a module and waits until it is gone: PulseAudio answers
// first and unloads later, and the FIFO of a pipe source, which it removes
// last, could by then be that of the next microphone. A module that is gone
// already, alone or with its server, is as it should be.
func (p *Pulse) unload(index uint32) error {
	err := p.ctl.request("unload a module", &proto.UnloadModule{ModuleIndex: index}, nil)
	for deadline := time.Now().Add(deviceTimeout); err == nil; time.Sleep(time.Millisecond) {
		err = p.ctl.request("look for a module", &proto.GetModuleInfo{ModuleIndex: index}, &proto.GetModuleInfoReply{})
		if err == nil && time.Now().After(deadline) {
			return fmt.Errorf("unload a module: the server still has number %d after %v", index, deviceTimeout)
		}
	}
	if refused(err, proto.ErrNoSuchEntity) || errors.Is(err, ErrServerGone) && p.ctl.failure() != nil {
		return nil
	}
	return err
}

// Cleanup unloads what a process that was killed left behind of the virtual
// microphone called name, and returns the number of modules. The owner of a
// microphone in use must see to it that nobody calls this beside it.
func (p *Pulse) Cleanup(name string) (int, error) {
	var reply proto.GetModuleInfoListReply
	if err := p.ctl.request("list modules", &proto.GetModuleInfoList{}, &reply); err != nil {
		return 0, err
	}
	var stale []uint32
	for _, r := range reply {
		if tagged(r.ModuleArgs, name) {
			stale = append(stale, r.ModuleIndex)
		}
	}
	slices.Sort(stale)
	// Last loaded, first unloaded: the source goes before the sink it uses.
	for _, index := range slices.Backward(stale) {
		if err := p.unload(index); err != nil {
			return len(stale), fmt.Errorf("remove a stale virtual microphone: %w", err)
		}
	}
	return len(stale), nil
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
