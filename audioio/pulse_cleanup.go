package audioio

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jfreymuth/pulse/proto"
)

// unload unloads a module; one that is gone already, alone or with its
// server, is as it should be.
func (p *Pulse) unload(index uint32) error {
	err := p.ctl.request("unload a module", &proto.UnloadModule{ModuleIndex: index}, nil)
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
