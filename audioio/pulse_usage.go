package audioio

import (
	"strings"

	"github.com/jfreymuth/pulse/proto"
)

// Recorder is an application that records a device.
type Recorder struct {
	Application string // its name for people, "" if it gives none
	Source      string // name of the device
	Stillmic    bool   // stillmic itself
}

// Recorders lists the applications that record something now. Level meters of
// mixers are left out.
func (p *Pulse) Recorders() ([]Recorder, error) {
	var streams proto.GetSourceOutputInfoListReply
	if err := p.ctl.request("list what is recorded", &proto.GetSourceOutputInfoList{}, &streams); err != nil {
		return nil, err
	}
	sources, err := p.sources()
	if err != nil {
		return nil, err
	}
	masters, err := p.masters()
	if err != nil {
		return nil, err
	}
	names := map[uint32]string{}
	for _, s := range sources {
		names[s.index] = s.Name
	}
	var list []Recorder
	for _, r := range streams {
		if r.ClientIndex == proto.Undefined || masters[r.ModuleIndex] != "" || r.MediaName == "Peak detect" {
			continue // a remapped source's, or a meter's
		}
		list = append(list, Recorder{
			Application: property(r.Properties, "application.name"),
			Source:      names[r.SourceIndex],
			Stillmic:    strings.HasPrefix(property(r.Properties, "application.id"), "io.github.stillmic"),
		})
	}
	return list, nil
}

// Level is how loud a device is set.
type Level struct {
	Volume float64 // of the loudest channel; 1 leaves the level as it is, the scale of mixers (cubic)
	Muted  bool
}

// Level returns how loud the device of this name is set.
func (p *Pulse) Level(source string) (Level, error) {
	var r proto.GetSourceInfoReply
	if err := p.ctl.request("look up "+source, &proto.GetSourceInfo{SourceIndex: proto.Undefined, SourceName: source}, &r); err != nil {
		return Level{}, err
	}
	var loudest uint32
	for _, v := range r.ChannelVolumes {
		loudest = max(loudest, uint32(v))
	}
	return Level{float64(loudest) / float64(proto.VolumeNorm), r.Mute}, nil
}
