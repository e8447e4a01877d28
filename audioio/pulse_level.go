package audioio

import (
	"fmt"

	"github.com/jfreymuth/pulse/proto"
)

// Level is how loud a device is set.
type Level struct {
	Volume float64 // of the loudest channel; 1 leaves the level as it is, the scale of mixers (cubic)
	Muted  bool
}

// Level returns how loud the device of this name is set.
func (p *Pulse) Level(source string) (Level, error) {
	r, err := p.sourceInfo(source)
	if err != nil {
		return Level{}, err
	}
	return levelOf(r), nil
}

// SetVolume sets the volume of a device, in the scale of Level; its channels keep
// their balance, and a mute stays.
func (p *Pulse) SetVolume(source string, volume float64) error {
	r, err := p.sourceInfo(source)
	if err != nil {
		return err
	}
	loudest := levelOf(r).Volume
	set := make(proto.ChannelVolumes, len(r.ChannelVolumes))
	for i, v := range r.ChannelVolumes {
		share := 1.0 // silence has no balance
		if loudest > 0 {
			share = float64(v) / float64(proto.VolumeNorm) / loudest
		}
		set[i] = proto.Volume(volume*share*float64(proto.VolumeNorm) + 0.5)
	}
	return p.ctl.request("set the volume of "+source,
		&proto.SetSourceVolume{SourceIndex: proto.Undefined, SourceName: source, ChannelVolumes: set}, nil)
}

func (p *Pulse) sourceInfo(source string) (*proto.GetSourceInfoReply, error) {
	r := new(proto.GetSourceInfoReply)
	err := p.ctl.request("look up "+source, &proto.GetSourceInfo{SourceIndex: proto.Undefined, SourceName: source}, r)
	if refused(err, proto.ErrNoSuchEntity) {
		err = fmt.Errorf("%w: %w", ErrNoDevice, err)
	}
	return r, err
}

func levelOf(r *proto.GetSourceInfoReply) Level {
	var loudest uint32
	for _, v := range r.ChannelVolumes {
		loudest = max(loudest, uint32(v))
	}
	return Level{float64(loudest) / float64(proto.VolumeNorm), r.Mute}
}
