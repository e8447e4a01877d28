package pulse

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/jfreymuth/pulse/proto"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/printable"
)

// Recorders lists the applications that record something now. Level meters of
// mixers are left out.
func (p *Server) Recorders() ([]audioio.Recorder, error) {
	var streams proto.GetSourceOutputInfoListReply
	if err := p.ctl.Request("list what is recorded", &proto.GetSourceOutputInfoList{}, &streams); err != nil {
		return nil, err
	}
	sources, err := p.sources()
	if err != nil {
		return nil, err
	}
	modules, err := p.modules()
	if err != nil {
		return nil, err
	}
	masters, known := masters(modules), map[uint32]knownDevice{}
	for _, s := range sources {
		known[s.index] = s
	}
	var list []audioio.Recorder
	for _, r := range streams {
		if r.Corked || r.ClientIndex == proto.Undefined || masters[r.ModuleIndex] != "" || isMeter(r) {
			continue // a remapped source's, or a meter's
		}
		d := known[r.SourceIndex]
		list = append(list, audioio.Recorder{
			Application: printable.Text(property(r.Properties, "application.name")),
			Program:     printable.Text(property(r.Properties, "application.process.binary")),
			Source:      d.Name,
			Description: d.Description,
			Stillmic:    ofStillmic(r.Properties),
			Raw:         d.Name != "" && !d.Monitor && d.loopError() == nil,
		})
	}
	if own := p.watch.own.Load(); own != nil {
		for _, n := range p.linked(*own) {
			list = append(list, audioio.Recorder{Application: printable.Text(cmp.Or(n.Client, n.Name)), Source: *own})
		}
	}
	return list, nil
}

// ofStillmic reports whether a stream of these properties is one of stillmic's own.
func ofStillmic(p proto.PropList) bool {
	return strings.HasPrefix(property(p, "application.id"), "io.github.stillmic")
}

// MoveRecorders moves the programs that record one source to another, and returns how many
// were moved. Stillmic itself and level meters stay.
func (p *Server) MoveRecorders(from, to string) (moved int, err error) {
	var streams proto.GetSourceOutputInfoListReply
	if err := p.ctl.Request("list what is recorded", &proto.GetSourceOutputInfoList{}, &streams); err != nil {
		return 0, err
	}
	sources, err := p.sources()
	if err != nil {
		return 0, err
	}
	index := map[string]uint32{}
	for _, s := range sources {
		index[s.Name] = s.index
	}
	source, there := index[from]
	target, thereToo := index[to]
	if !there || !thereToo {
		return 0, fmt.Errorf("move programs from %s to %s: %w", from, to, audioio.ErrNoDevice)
	}
	for _, r := range streams {
		if r.SourceIndex != source || r.ClientIndex == proto.Undefined || ofStillmic(r.Properties) || isMeter(r) {
			continue
		}
		move := &proto.MoveSourceOutput{SourceOutputIndex: r.SourceOutpuIndex, DeviceIndex: target}
		if err := p.ctl.Request("move a program to "+to, move, nil); err != nil {
			return moved, err
		}
		moved++
	}
	return moved, nil
}

// isMeter reports whether a recording is the level meter of a mixer, which wants the peaks
// of the audio alone. The protocol does not tell of the flag by which it asked for them,
// but PulseAudio's way to make them, and PipeWire's properties do; mixers name the stream so.
func isMeter(r *proto.GetSourceOutputInfoReply) bool {
	return r.ResampleMethod == "peaks" || property(r.Properties, "resample.peaks") == "true" ||
		strings.EqualFold(r.MediaName, "Peak detect")
}
