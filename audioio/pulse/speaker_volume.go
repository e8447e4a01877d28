package pulse

import (
	"math"

	"github.com/jfreymuth/pulse/proto"

	"github.com/stillmic/stillmic/audioio"
)

// volumes are of the virtual output and of the one it plays on, as they were last.
type volumes struct {
	output      string
	own, played audioio.Level
}

func (s *Speaker) setGain(g float32) { s.gain.Store(math.Float32bits(g)) }

// matchVolumes keeps the volumes of the virtual output and of the one it plays on the same, so
// that the volume keys act on the real one where the virtual one is the default. What was turned
// last counts.
func (s *Speaker) matchVolumes(own, output *proto.GetSinkInfoReply) error {
	now := volumes{output.SinkName, sinkLevel(own), sinkLevel(output)}
	defer func() { s.matched = now }()
	switch {
	case now.output == s.matched.output && !same(now.own, s.matched.own): // somebody has turned ours
		now.played = now.own
		if err := s.setLevel(output, now.own); err != nil {
			return err
		}
	case !same(now.own, now.played):
		now.own = now.played
		if err := s.setLevel(own, now.played); err != nil {
			return err
		}
	}
	s.setGain(1)
	// The monitor gives what has been turned down. A volume is the cube root of the factor; below
	// 1 % nothing is left to be undone.
	if v := now.own.Volume; v > 0.01 {
		s.setGain(float32(math.Pow(v, -3)))
	}
	return nil
}

// setLevel sets volume and mute of an output, whose channels keep their balance.
func (s *Speaker) setLevel(sink *proto.GetSinkInfoReply, to audioio.Level) error {
	set := make(proto.ChannelVolumes, len(sink.ChannelVolumes))
	loudest := sinkLevel(sink).Volume
	for i, v := range sink.ChannelVolumes {
		share := 1.0 // silence has no balance
		if loudest > 0 {
			share = float64(v) / float64(proto.VolumeNorm) / loudest
		}
		set[i] = proto.Volume(to.Volume*share*float64(proto.VolumeNorm) + 0.5)
	}
	err := s.pulse.ctl.Request("set the volume of "+sink.SinkName,
		&proto.SetSinkVolume{SinkIndex: sink.SinkIndex, ChannelVolumes: set}, nil)
	if err == nil && sink.Mute != to.Muted {
		err = s.pulse.ctl.Request("mute "+sink.SinkName, &proto.SetSinkMute{SinkIndex: sink.SinkIndex, Mute: to.Muted}, nil)
	}
	if refused(err, proto.ErrNoSuchEntity) {
		return nil // it has just gone
	}
	return err
}

// same reports whether two levels are the same to within what servers round.
func same(a, b audioio.Level) bool { return math.Abs(a.Volume-b.Volume) < 0.002 && a.Muted == b.Muted }

func sinkLevel(s *proto.GetSinkInfoReply) audioio.Level {
	var loudest uint32
	for _, v := range s.ChannelVolumes {
		loudest = max(loudest, uint32(v))
	}
	return audioio.Level{Volume: float64(loudest) / float64(proto.VolumeNorm), Muted: s.Mute}
}
