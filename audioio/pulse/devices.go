package pulse

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jfreymuth/pulse/proto"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/internal/queue"
	"github.com/stillmic/stillmic/audioio/printable"
)

const (
	// ownerKey is the property, and the tag in the arguments of a module, by
	// which a device of ours is known. Its value is the device's name.
	ownerKey = "stillmic.owner"

	sourceHardware  = 0x0004 // PA_SOURCE_HARDWARE
	sourceSuspended = 2      // PA_SOURCE_SUSPENDED
)

// pulseSource is a source as the server describes it.
type knownDevice struct {
	audioio.Device
	index      uint32
	level      audioio.Level
	own        bool // made by stillmic, this one or another
	suspended  bool
	channelMap proto.ChannelMap // one channel at least
	module     uint32           // that makes it, or none
	sink       uint32           // that it is the monitor of, or none
	master     string           // what a remapped source takes its audio from
}

// Devices lists what can be recorded from. Monitors of outputs are marked, as
// are devices made by software; our own microphone is among those.
func (p *Server) Devices() ([]audioio.Device, error) {
	sources, err := p.sources()
	if err != nil {
		return nil, err
	}
	list := make([]audioio.Device, len(sources))
	for i, s := range sources {
		list[i] = s.Device
	}
	return list, nil
}

// sources lists the sources with what only this package needs to know.
func (p *Server) sources() ([]knownDevice, error) {
	standard, err := p.defaultSource()
	if err != nil {
		return nil, err
	}
	var reply proto.GetSourceInfoListReply
	if err := p.ctl.Request("list microphones", &proto.GetSourceInfoList{}, &reply); err != nil {
		return nil, err
	}
	ownSinks, err := p.ownSinks()
	if err != nil {
		return nil, err
	}
	modules, err := p.modules()
	if err != nil {
		return nil, err
	}
	masters := masters(modules)
	list := make([]knownDevice, 0, len(reply))
	for _, r := range reply {
		s := describeSource(r, standard)
		s.own = s.own || s.Monitor && ownSinks[r.MonitorSourceIndex]
		s.master = masters[r.ModuleIndex]
		list = append(list, s)
	}
	return list, p.noteLoops(list, modules)
}

// modules lists the modules of the server.
func (p *Server) modules() (proto.GetModuleInfoListReply, error) {
	var list proto.GetModuleInfoListReply
	if err := p.ctl.Request("list modules", &proto.GetModuleInfoList{}, &list); err != nil {
		return nil, err // an answer that comes too late is still written into list
	}
	return list, nil
}

// masters returns, by the module that makes it, what a remapped source takes
// its audio from. PulseAudio has it in the source's properties too; PipeWire
// only in the arguments of the module.
func masters(modules proto.GetModuleInfoListReply) map[uint32]string {
	m := map[uint32]string{}
	for _, r := range modules {
		for arg := range strings.FieldsSeq(r.ModuleArgs) {
			for _, key := range []string{"master=", "source_master=", "source="} {
				if name, ok := strings.CutPrefix(arg, key); ok {
					m[r.ModuleIndex] = strings.Trim(name, `"'`)
				}
			}
		}
	}
	return m
}

func describeSource(r *proto.GetSourceInfoReply, defaultName string) knownDevice {
	s := knownDevice{
		Device: audioio.Device{
			Name:        r.SourceName,
			Description: printable.Text(r.Device),
			Monitor:     r.MonitorSourceIndex != proto.Undefined || property(r.Properties, "device.class") == "monitor",
			Default:     r.SourceName == defaultName,
			Virtual:     r.Flags&sourceHardware == 0,
			Rate:        int(r.Rate),
			Channels:    int(r.Channels),
			Bus:         property(r.Properties, "device.bus"),
			FormFactor:  property(r.Properties, "device.form_factor"),
		},
		index:      r.SourceIndex,
		level:      levelOf(r.ChannelVolumes, r.Mute),
		own:        property(r.Properties, ownerKey) != "",
		suspended:  r.State == sourceSuspended,
		module:     r.ModuleIndex,
		sink:       r.MonitorSourceIndex,
		channelMap: r.ChannelMap[:min(len(r.ChannelMap), queue.MaxChannels)],
	}
	if len(s.channelMap) == 0 { // no server says so
		s.channelMap = proto.ChannelMap{proto.ChannelMono}
	}
	return s
}

// ownSinks returns the indices of the sinks that are ours. The monitor of a
// sink does not inherit its properties, so that it has to be found by these.
func (p *Server) ownSinks() (map[uint32]bool, error) {
	var reply proto.GetSinkInfoListReply
	if err := p.ctl.Request("list outputs", &proto.GetSinkInfoList{}, &reply); err != nil {
		return nil, err
	}
	own := map[uint32]bool{}
	for _, r := range reply {
		if property(r.Properties, ownerKey) != "" {
			own[r.SinkIndex] = true
		}
	}
	return own, nil
}

// property returns a text property, "" when there is none.
func property(list proto.PropList, key string) string {
	if v, ok := list[key]; ok && len(v) > 0 && v[len(v)-1] == 0 {
		return string(v[:len(v)-1])
	}
	return ""
}

// pick finds the source to record: by name, or the default when name is "".
// It never returns a source of ours, nor one that is fed by it.
// What the watcher has seen is enough where it knows a device: who wakes the
// microphone waits for it.
func (p *Server) pick(name string) (knownDevice, error) {
	if seen := p.watch.devices.Load(); seen != nil {
		if s, err := pickFrom(*seen, name); err == nil {
			return s, nil
		}
	}
	list, err := p.sources()
	if err != nil {
		return knownDevice{}, err
	}
	return pickFrom(list, name)
}

// Pick returns the device that OpenSource would record, without opening it: ErrNoDevice
// if there is none.
func (p *Server) Pick(name string) (audioio.Device, error) {
	list, err := p.sources()
	if err != nil {
		return audioio.Device{}, err
	}
	s, err := pickFrom(list, name)
	return s.Device, err
}

func pickFrom(list []knownDevice, name string) (knownDevice, error) {
	if name != "" {
		return pickNamed(list, name)
	}
	return pickDefault(list)
}

// pickNamed finds a device by its name, or where that is gone the same microphone under
// another: a card's name ends in its profile, which people and session managers change.
func pickNamed(list []knownDevice, name string) (knownDevice, error) {
	for _, same := range []func(other string) bool{
		func(other string) bool { return other == name },
		func(other string) bool { return sameMicrophone(other, name) },
	} {
		for _, s := range list {
			if !same(s.Name) {
				continue
			}
			return s, s.loopError()
		}
	}
	return knownDevice{}, fmt.Errorf("%w: %q (stillmic devices lists what there is)", audioio.ErrNoDevice, name)
}

// loopError says why a device must not be recorded: it is ours, or gets its audio from it.
func (d knownDevice) loopError() error {
	switch {
	case d.own:
		return fmt.Errorf("%w: %q is stillmic's own microphone and would feed back into itself; choose another "+
			"(stillmic devices lists them)", audioio.ErrNoDevice, d.Name)
	case d.Loop != "":
		return fmt.Errorf("%w: %q gets its audio from Stillmic Microphone, by %s, and would feed back into itself; choose "+
			"another, or have %[3]s record your microphone", audioio.ErrNoDevice, d.Name, d.Loop)
	}
	return nil
}

// sameMicrophone reports whether two names are those of one card under two profiles, as
// alsa_input.usb-Mic-00.analog-stereo and alsa_input.usb-Mic-00.pro-input-0, or those that
// PulseAudio and PipeWire give one Bluetooth headset.
func sameMicrophone(a, b string) bool {
	card := func(name string) string {
		kind, rest, _ := strings.Cut(name, ".")
		switch kind {
		case "alsa_input":
			if end := strings.LastIndexByte(rest, '.'); end > 0 {
				return kind + "." + rest[:end]
			}
		case "bluez_input", "bluez_source":
			address, _, _ := strings.Cut(rest, ".")
			return "bluez." + strings.ReplaceAll(address, ":", "_")
		}
		return ""
	}
	return card(a) != "" && card(a) == card(b)
}

// pickDefault takes the default source if it is a microphone; when the person
// made Stillmic Microphone the default, or the server fell back to a monitor,
// it takes the first real microphone, else the first of any other kind.
func pickDefault(list []knownDevice) (knownDevice, error) {
	best, rank := knownDevice{}, 0
	for _, s := range list {
		r := 0
		switch {
		case s.loopError() != nil || s.Monitor:
		case s.Default:
			r = 3
		case !s.Virtual:
			r = 2
		default:
			r = 1
		}
		if r > rank {
			best, rank = s, r
		}
	}
	if rank == 0 {
		return best, fmt.Errorf("%w: the sound server has no microphone; plug one in, or choose a device by name",
			audioio.ErrNoDevice)
	}
	return best, nil
}

// refused reports whether the server answered a request with this error.
func refused(err error, code proto.Error) bool { return errors.Is(err, code) }
