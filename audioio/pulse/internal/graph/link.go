package graph

import "strconv"

// port is where a node takes audio in or gives it out.
type port struct {
	node    uint32
	channel string // "FL", "MONO"
	output  bool
}

// gap is two ports that are to be linked, and are not.
type gap struct{ output, input uint32 }

// Parted reports whether an output port of one node and an input port of another are of the same
// channel, and not linked. Both nodes are given by their index in the pulse protocol; one that is
// not there is parted from nothing.
func (g *Graph) Parted(from, to string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.gaps(from, to)) > 0
}

// Link links what is parted. The links last as long as their ports, whatever becomes of the
// connection. passive ones do not keep their nodes awake.
func (g *Graph) Link(from, to string, passive bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, l := range g.gaps(from, to) {
		g.send(coreID, coreCreateObject, structOf("link-factory", linkType, int32(versionLink), structOf(int32(4),
			"link.output.port", strconv.FormatUint(uint64(l.output), 10),
			"link.input.port", strconv.FormatUint(uint64(l.input), 10),
			"link.passive", strconv.FormatBool(passive),
			"object.linger", "true"), int32(g.free)))
		g.free++
	}
}

// gaps is what is parted. The caller holds mu.
func (g *Graph) gaps(from, to string) (list []gap) {
	linked := map[gap]bool{}
	for _, l := range g.links {
		linked[gap{l.output, l.input}] = true
	}
	for output, o := range g.ports {
		if !o.output || g.nodes[o.node].Index != from {
			continue
		}
		for input, i := range g.ports {
			if !i.output && i.channel == o.channel && g.nodes[i.node].Index == to && !linked[gap{output, input}] {
				list = append(list, gap{output, input})
			}
		}
	}
	return list
}
