package pulse

import (
	"fmt"

	"github.com/jfreymuth/pulse/proto"

	"github.com/stillmic/stillmic/audioio"
)

// Level returns how loud the device of this name is set.
func (p *Server) Level(source string) (audioio.Level, error) {
	r, err := p.sourceInfo(source)
	if err != nil {
		return audioio.Level{}, err
	}
	return levelOf(r), nil
}

// SetVolume sets the volume of a device, in the scale of Level; its channels keep
// their balance, and a mute stays.
func (p *Server) SetVolume(source string, volume float64) error {
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
	return p.ctl.Request("set the volume of "+source,
		&proto.SetSourceVolume{SourceIndex: proto.Undefined, SourceName: source, ChannelVolumes: set}, nil)
}

func (p *Server) sourceInfo(source string) (*proto.GetSourceInfoReply, error) {
	r := new(proto.GetSourceInfoReply)
	err := p.ctl.Request("look up "+source, &proto.GetSourceInfo{SourceIndex: proto.Undefined, SourceName: source}, r)
	if refused(err, proto.ErrNoSuchEntity) {
		err = fmt.Errorf("%w: %w", audioio.ErrNoDevice, err)
	}
	return r, err
}

func levelOf(r *proto.GetSourceInfoReply) audioio.Level {
	var loudest uint32
	for _, v := range r.ChannelVolumes {
		loudest = max(loudest, uint32(v))
	}
	return audioio.Level{Volume: float64(loudest) / float64(proto.VolumeNorm), Muted: r.Mute}
}
