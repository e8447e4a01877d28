package pulse

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jfreymuth/pulse/proto"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/printable"
	"github.com/stillmic/stillmic/audioio/pulse/internal/wire"
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
			Stream:      strconv.FormatUint(uint64(r.SourceOutpuIndex), 10),
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

// MoveRecorder has a stream of Recorders record another source, and returns when it does. A server
// that takes the source for its default has the stream follow that, whatever becomes it (see knowing):
// so it is looked where the stream is, and tried again by a connection that knows another default.
func (p *Server) MoveRecorder(stream, to string) error {
	index, err := strconv.ParseUint(stream, 10, 32)
	if err != nil {
		return fmt.Errorf("move a program to %s: invalid stream %q", to, stream)
	}
	target, err := p.sourceInfo(to)
	if err != nil {
		return err
	}
	what := "move a program to " + to
	move := &proto.MoveSourceOutput{SourceOutputIndex: uint32(index), DeviceIndex: target.SourceIndex}
	for try := range moveTries {
		by := func(do func(*wire.Conn) error) error { return do(p.ctl) }
		if try%2 == 1 {
			by = func(do func(*wire.Conn) error) error { return p.knowing(what, do) }
		}
		err := by(func(conn *wire.Conn) error { return conn.Request(what, move, nil) })
		if refused(err, proto.ErrNoSuchEntity) {
			return fmt.Errorf("%w: %w", audioio.ErrNoDevice, err)
		}
		if err != nil {
			return err
		}
		if p.arrives(uint32(index), target.SourceIndex) {
			return nil
		}
	}
	return fmt.Errorf("%s: the sound server puts it elsewhere", what)
}

// How often a move is tried, and how often it is looked whether it was done.
const (
	moveTries = 4
	moveLooks = 10
	moveLook  = 50 * time.Millisecond
)

// arrives reports whether a stream comes to a source within half a second.
func (p *Server) arrives(stream, source uint32) bool {
	for range moveLooks {
		var r proto.GetSourceOutputInfoReply
		err := p.ctl.Request("look where a program is", &proto.GetSourceOutputInfo{SourceOutpuIndex: stream}, &r)
		if err == nil && r.SourceIndex == source {
			return true
		}
		time.Sleep(moveLook)
	}
	return false
}

// isMeter reports whether a recording is the level meter of a mixer, which wants the peaks
// of the audio alone. The protocol does not tell of the flag by which it asked for them,
// but PulseAudio's way to make them, and PipeWire's properties do; mixers name the stream so.
func isMeter(r *proto.GetSourceOutputInfoReply) bool {
	return r.ResampleMethod == "peaks" || property(r.Properties, "resample.peaks") == "true" ||
		strings.EqualFold(r.MediaName, "Peak detect")
}
