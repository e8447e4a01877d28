package pulse

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jfreymuth/pulse/proto"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pulse/internal/reference"
)

// sinkHardware is PA_SINK_HARDWARE.
const sinkHardware = 0x0004

// Outputs knows the real outputs: the last default that was none of ours, and the one that the
// virtual output plays on. It outlives the connection to a server. The zero value knows none.
type Outputs struct {
	mu    sync.Mutex
	real  string // the last default
	plays string // the virtual output, "": it plays nothing
}

// choose returns the output to play on: the one called device where that is there, the default
// one, the last real default, or the best of the others; nil if there is none. Outputs of ours and
// those that without names are left out.
func (o *Outputs) choose(list proto.GetSinkInfoListReply, device, standard string,
	without map[string]bool) *proto.GetSinkInfoReply {
	o.mu.Lock()
	defer o.mu.Unlock()
	var best *proto.GetSinkInfoReply
	rank := 0
	for _, s := range list {
		if property(s.Properties, ownerKey) != "" || without[s.SinkName] {
			continue
		}
		if s.SinkName == standard {
			o.real = s.SinkName
		}
		r := 1
		switch {
		case s.SinkName == device:
			r = 5
		case s.SinkName == standard:
			r = 4
		case s.SinkName == o.real:
			r = 3
		case s.Flags&sinkHardware != 0:
			r = 2
		}
		if r > rank {
			best, rank = s, r
		}
	}
	return best
}

// setPlays notes what the virtual output plays on, "" for nothing.
func (o *Outputs) setPlays(output string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.plays = output
}

// playsOn returns what setPlays noted.
func (o *Outputs) playsOn() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.plays
}

// outputToHear returns the name of the output of which the microphone may hear an echo: what the
// virtual output plays on, or the default one, or where that is ours the last real one.
func (p *Server) outputToHear() (string, error) {
	standard, err := p.defaultSink()
	if err != nil {
		return "", err
	}
	list, err := p.sinks()
	if err != nil {
		return "", err
	}
	if s := p.outputs.choose(list, p.outputs.playsOn(), standard, nil); s != nil {
		return s.SinkName, nil
	}
	return "", nil
}

// sinks lists the outputs.
func (p *Server) sinks() (proto.GetSinkInfoListReply, error) {
	var list proto.GetSinkInfoListReply
	if err := p.ctl.Request("list outputs", &proto.GetSinkInfoList{}, &list); err != nil {
		return nil, err // an answer that comes too late is still written into list
	}
	return list, nil
}

var _ audioio.OutputLister = (*Server)(nil)

// Outputs implements audioio.OutputLister.
func (p *Server) Outputs() ([]audioio.Output, error) {
	sinks, err := p.sinks()
	if err != nil {
		return nil, err
	}
	list := []audioio.Output{}
	for _, s := range sinks {
		if property(s.Properties, ownerKey) == "" {
			list = append(list, reference.Describe(s))
		}
	}
	return list, nil
}

// feeders returns the names of the outputs whose sound gets into the one called own by the way of
// modules: filters that play into it, as an echo canceller that was loaded while that was the
// default, and loopbacks of their monitors. To play on one of them would be a loop.
func (p *Server) feeders(sinks proto.GetSinkInfoListReply, playing proto.GetSinkInputInfoListReply,
	own string) (map[string]bool, error) {
	modules, err := p.modules()
	if err != nil {
		return nil, err
	}
	var recordings proto.GetSourceOutputInfoListReply
	if err := p.ctl.Request("list recordings", &proto.GetSourceOutputInfoList{}, &recordings); err != nil {
		return nil, err
	}
	// PulseAudio says of a program by which module it has connected; that is no way.
	way := map[uint32]bool{}
	for _, m := range modules {
		way[m.ModuleIndex] = !strings.HasPrefix(m.ModuleName, "module-native-protocol-")
	}
	fed := func(s *proto.GetSinkInfoReply) (indices []uint32) { // the outputs that s gets into at once
		through := []uint32{s.ModuleIndex}
		for _, r := range recordings {
			if r.SourceIndex == s.MonitorSourceIndex {
				through = append(through, r.ModuleIndex)
			}
		}
		for _, i := range playing {
			if way[i.ModuleIndex] && slices.Contains(through, i.ModuleIndex) {
				indices = append(indices, i.SinkIndex)
			}
		}
		return indices
	}
	return reaching(sinks, own, fed), nil
}

// reaching returns the names of the outputs from which fed leads to the one called own.
func reaching(sinks proto.GetSinkInfoListReply, own string, fed func(*proto.GetSinkInfoReply) []uint32) map[string]bool {
	reach := map[uint32]bool{}
	for _, s := range sinks {
		if s.SinkName == own {
			reach[s.SinkIndex] = true
		}
	}
	names := map[string]bool{}
	for more := true; more; {
		more = false
		for _, s := range sinks {
			if !reach[s.SinkIndex] && slices.ContainsFunc(fed(s), func(i uint32) bool { return reach[i] }) {
				reach[s.SinkIndex], names[s.SinkName], more = true, true, true
			}
		}
	}
	return names
}

// moved are the programs that played into the virtual output when it was taken away. The server
// has moved them to the default output, and gives them back to nobody.
type moved struct {
	Cookie  uint32   `json:"cookie"` // of the server
	Streams []uint32 `json:"streams"`
}

// path returns the file in which they outlive this process; "": they do not.
func (s *Speaker) path() string {
	if s.dir == "" {
		return ""
	}
	return filepath.Join(s.dir, s.name+".json")
}

// lately is which programs played into the virtual output, paused ones too, when it was looked last.
type lately struct {
	streams []uint32
	gone    time.Time // when none of them was there for the first time
}

// lateEnough is for how long programs that have left count, too: a server moves them before it says that it is gone.
const lateEnough = 3 * time.Second

// note notes those of what plays that play into the output.
func (l *lately) note(own *proto.GetSinkInfoReply, playing proto.GetSinkInputInfoListReply) {
	var streams []uint32
	for _, i := range playing {
		if i.SinkIndex == own.SinkIndex && !ofStillmic(i.Properties) {
			streams = append(streams, i.SinkInputIndex)
		}
	}
	switch {
	case len(streams) > 0:
		*l = lately{streams: streams}
	case l.gone.IsZero():
		l.gone = time.Now()
	}
}

// players are those that play into the output, or did until it was taken away.
func (l *lately) players() []uint32 {
	if !l.gone.IsZero() && time.Since(l.gone) > lateEnough {
		return nil
	}
	return l.streams
}

// noteMoved notes those that play now, before the virtual output is taken away, or did until it was.
func (s *Speaker) noteMoved() error {
	if s.path() == "" {
		return nil
	}
	sinks, err := s.pulse.sinks()
	if err != nil {
		return err
	}
	if own := s.find(sinks); own != nil {
		var playing proto.GetSinkInputInfoListReply
		if err := s.pulse.ctl.Request("list what is played", &proto.GetSinkInputInfoList{}, &playing); err != nil {
			return err
		}
		s.lately = lately{}
		s.lately.note(own, playing)
	}
	m := moved{Cookie: s.cookie, Streams: s.lately.players()}
	text, err := json.Marshal(m)
	if err == nil {
		err = os.WriteFile(s.path(), text, 0o600)
	}
	if err != nil {
		return fmt.Errorf("note which programs play: %w", err)
	}
	return nil
}

// putBack has those that noteMoved noted play into the virtual output again, unless they have ended
// or somebody has moved them elsewhere.
func (s *Speaker) putBack() error {
	if s.path() == "" {
		return nil
	}
	text, err := os.ReadFile(s.path())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var m moved
	if err == nil {
		err = errors.Join(json.Unmarshal(text, &m), os.Remove(s.path()))
	}
	if err != nil {
		return fmt.Errorf("read which programs played: %w", err)
	}
	if m.Cookie != s.cookie || len(m.Streams) == 0 {
		return nil // they went with their server
	}
	standard, err := s.pulse.defaultSink()
	if err != nil {
		return err
	}
	sinks, err := s.pulse.sinks()
	if err != nil {
		return err
	}
	var playing proto.GetSinkInputInfoListReply
	if err := s.pulse.ctl.Request("list what is played", &proto.GetSinkInputInfoList{}, &playing); err != nil {
		return err
	}
	own := s.find(sinks)
	at := slices.IndexFunc(sinks, func(r *proto.GetSinkInfoReply) bool { return r.SinkName == standard })
	if own == nil || at < 0 {
		return nil
	}
	for _, i := range playing {
		if i.SinkIndex != sinks[at].SinkIndex || !slices.Contains(m.Streams, i.SinkInputIndex) {
			continue
		}
		// One that has just ended, or must not be moved, stays where it is.
		_ = s.pulse.ctl.Request("put a program back",
			&proto.MoveSinkInput{SinkInputIndex: i.SinkInputIndex, DeviceIndex: own.SinkIndex}, nil)
	}
	return nil
}
