package pulse

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jfreymuth/pulse/proto"

	"github.com/stillmic/stillmic/audioio/pulse/internal/graph"
)

// graphAgain is how long is waited before PipeWire is asked for its graph again.
const graphAgain = time.Second

// watchGraph keeps a connection to PipeWire's graph while the one to its pulse server lasts.
// Without it, all works but what programs do that link ports themselves. changed is told of news.
func (p *Server) watchGraph(cookie uint32, changed func()) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-p.ctl.Done:
		case <-ctx.Done():
		}
		cancel()
	}()
	for ctx.Err() == nil {
		if g := dialGraph(ctx, graphSockets(p.info.Address), cookie, changed); g != nil {
			p.graph.Store(g)
			changed()
			select {
			case <-g.Done():
			case <-ctx.Done():
			}
			p.graph.Store(nil)
			g.Close()
		}
		select {
		case <-ctx.Done():
		case <-time.After(graphAgain):
		}
	}
}

// dialGraph connects to the first of these sockets behind which the right PipeWire is; nil: none.
func dialGraph(ctx context.Context, sockets []string, cookie uint32, changed func()) *graph.Graph {
	for _, s := range sockets {
		if g, err := graph.Dial(ctx, s, cookie, changed); err == nil {
			return g
		}
	}
	return nil
}

// graphSockets returns where PipeWire may listen: beside its pulse server, and where its own
// clients look.
func graphSockets(pulse string) []string {
	var list []string
	add := func(path string) {
		if filepath.IsAbs(path) && !slices.Contains(list, path) {
			list = append(list, path)
		}
	}
	name := os.Getenv("PIPEWIRE_REMOTE")
	if name == "" {
		name = "pipewire-0"
	}
	if path, ok := strings.CutPrefix(pulse, "unix:"); ok {
		add(filepath.Join(filepath.Dir(filepath.Dir(path)), "pipewire-0"))
	}
	add(name)
	for _, dir := range []string{os.Getenv("PIPEWIRE_RUNTIME_DIR"), os.Getenv("XDG_RUNTIME_DIR")} {
		if dir != "" {
			add(filepath.Join(dir, name))
		}
	}
	return list
}

// linked lists what is linked to a source and is no stream that the pulse server tells of: a JACK
// client, or what somebody has linked by hand. A meter is such a stream.
func (p *Server) linked(source string) []graph.Node {
	g := p.graph.Load()
	if g == nil {
		return nil
	}
	return slices.DeleteFunc(g.To(source), func(n graph.Node) bool { return n.Class == "Stream/Input/Audio" })
}

// step is a way from one source to another, by a module or a program.
type step struct {
	from, to uint32 // the server's indices of sources
	by       string
}

// noteLoops notes which of the sources get audio of ours by the way of modules and programs, and
// by what. To record one of them would be a loop.
func (p *Server) noteLoops(list []knownDevice, modules proto.GetModuleInfoListReply) error {
	if !slices.ContainsFunc(list, func(d knownDevice) bool { return d.own }) {
		return nil
	}
	steps, err := p.steps(list, modules)
	if err != nil {
		return err
	}
	own, fed := map[uint32]bool{}, map[uint32]string{}
	for _, d := range list {
		own[d.index] = d.own
	}
	var follow func(from uint32, by string)
	follow = func(from uint32, by string) {
		for _, s := range steps {
			if _, known := fed[s.to]; s.from == from && !known && !own[s.to] {
				fed[s.to] = cmp.Or(by, s.by)
				follow(s.to, fed[s.to])
			}
		}
	}
	for _, d := range list {
		if d.own {
			follow(d.index, "")
		}
	}
	for i := range list {
		list[i].Loop = fed[list[i].index]
	}
	return nil
}

// steps lists all ways from one source to another.
func (p *Server) steps(list []knownDevice, modules proto.GetModuleInfoListReply) ([]step, error) {
	var recordings proto.GetSourceOutputInfoListReply
	if err := p.ctl.Request("list recordings", &proto.GetSourceOutputInfoList{}, &recordings); err != nil {
		return nil, err
	}
	var playing proto.GetSinkInputInfoListReply
	if err := p.ctl.Request("list what is played", &proto.GetSinkInputInfoList{}, &playing); err != nil {
		return nil, err
	}
	byModule, byName := map[uint32]string{}, map[string]knownDevice{}
	for _, m := range modules {
		byModule[m.ModuleIndex] = m.ModuleName
	}
	var steps []step
	for _, d := range list {
		byName[d.Name] = d
	}
	for _, d := range list {
		if from, there := byName[d.master]; there {
			steps = append(steps, step{from.index, d.index, byModule[d.module]})
		}
	}
	for _, r := range recordings {
		module, known := byModule[r.ModuleIndex]
		if !known || strings.HasPrefix(module, "module-native-protocol-") {
			continue // a program's: PulseAudio says by which module it has connected
		}
		for _, d := range list {
			plays := slices.ContainsFunc(playing, func(i *proto.GetSinkInputInfoReply) bool {
				return i.ModuleIndex == r.ModuleIndex && d.Monitor && i.SinkIndex == d.sink
			})
			if d.module == r.ModuleIndex && d.index != r.SourceIndex || plays {
				steps = append(steps, step{r.SourceIndex, d.index, module})
			}
		}
	}
	if g := p.graph.Load(); g != nil {
		for _, d := range list {
			if !d.own || d.Monitor {
				continue
			}
			for name, by := range g.Fed(d.Name) {
				if to, there := byName[name]; there {
					steps = append(steps, step{d.index, to.index, cmp.Or(byModule[to.module], by)})
				}
			}
		}
	}
	return steps, nil
}
