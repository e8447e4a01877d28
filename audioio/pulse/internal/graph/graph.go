// Package graph watches PipeWire's graph: its nodes, and the links between them. PipeWire's pulse
// server tells of the streams that its session manager has linked; who links ports himself, as
// JACK clients, pw-link and EasyEffects do, shows here alone.
//
// It speaks PipeWire's native protocol, reads the registry, and links again what is to be linked.
package graph

import (
	"net"
	"strings"
	"sync"
)

// Node is something that has ports.
type Node struct {
	Name   string
	Index  string // of the stream or device in the pulse protocol
	Class  string // media.class: "Audio/Source", "Stream/Input/Audio", "" for a JACK client
	Client string // name of the program that it belongs to

	client uint32
}

// Graph is a connection that knows the graph. Its methods may be called from anywhere.
type Graph struct {
	conn    net.Conn
	changed func()
	known   chan struct{} // closed when all that was there at first is known
	ended   chan struct{}
	first   sync.Once // object is told
	last    sync.Once // of those at first is

	sending sync.Mutex // held while a message is sent
	sent    uint32     // messages

	cookie uint32 // of the server; before known is closed, the reader's

	reading sync.Mutex // held while the metadata is read again

	mu       sync.Mutex // guards what follows
	free     uint32     // the next object's number
	syncs    int32
	waiting  map[int32]chan struct{} // for the answer to a sync
	nodes    map[uint32]Node
	links    map[uint32]link
	ports    map[uint32]port
	clients  map[uint32]string
	global   uint32    // id of the metadata called default, 0: none
	metadata *metadata // as it is known
	next     *metadata // as it is being read again; nil: it is not
}

// link is one between two ports, and so between their nodes.
type link struct{ from, to, output, input uint32 }

func newGraph(conn net.Conn, changed func()) *Graph {
	g := &Graph{conn: conn, changed: changed, known: make(chan struct{}), ended: make(chan struct{}),
		free: firstFreeID, waiting: map[int32]chan struct{}{}}
	g.clear()
	return g
}

// clear forgets everything.
func (g *Graph) clear() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.nodes, g.links, g.clients, g.ports = map[uint32]Node{}, map[uint32]link{}, map[uint32]string{}, map[uint32]port{}
	g.global, g.metadata = 0, newMetadata(0)
}

// add takes a new object in.
func (g *Graph) add(f fields) (changed bool) {
	id := f.number()
	f.number() // permissions
	kind := f.text()
	f.number() // version
	p := f.dict()
	g.mu.Lock()
	defer g.mu.Unlock()
	switch kind {
	case nodeType:
		g.nodes[id] = Node{Name: p["node.name"], Index: p["object.serial"], Class: p["media.class"],
			client: number(p["client.id"])}
	case linkType:
		g.links[id] = link{number(p["link.output.node"]), number(p["link.input.node"]),
			number(p["link.output.port"]), number(p["link.input.port"])}
		return true
	case portType:
		g.ports[id] = port{number(p["node.id"]), p["audio.channel"], p["port.direction"] == "out"}
	case clientType:
		g.clients[id] = p["application.name"]
	case metadataType:
		if p["metadata.name"] == "default" {
			g.global, g.metadata = id, g.bindMetadata(id)
		}
	}
	return false
}

// number reads a property that is one.
func number(text string) (n uint32) {
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0
		}
		n = 10*n + uint32(c-'0')
	}
	return n
}

// remove takes in that an object is gone.
func (g *Graph) remove(id uint32) (changed bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	_, changed = g.links[id]
	delete(g.links, id)
	delete(g.ports, id)
	delete(g.nodes, id)
	delete(g.clients, id)
	delete(g.metadata.targets, id)
	if id == g.global { // its session manager is
		g.global, g.metadata = 0, newMetadata(0)
	}
	return changed
}

// To lists the nodes that the node of this name is linked to.
func (g *Graph) To(name string) []Node {
	g.mu.Lock()
	defer g.mu.Unlock()
	seen := map[uint32]bool{}
	var list []Node
	for _, l := range g.links {
		if n, there := g.nodes[l.to]; there && g.nodes[l.from].Name == name && !seen[l.to] {
			seen[l.to] = true
			n.Client = g.clients[n.client]
			list = append(list, n)
		}
	}
	return list
}

// Fed returns the devices that have audio of the node of this name, by the way of links and of
// programs that take it in and offer a microphone themselves, each with the name of the program
// that offers it. The monitor of an output has the name that the pulse protocol gives it.
func (g *Graph) Fed(name string) map[string]string {
	g.mu.Lock()
	defer g.mu.Unlock()
	reached := map[uint32]bool{}
	var reach func(id uint32)
	reach = func(id uint32) {
		if reached[id] {
			return
		}
		reached[id] = true
		for _, l := range g.links {
			if l.from == id {
				reach(l.to)
			}
		}
		n := g.nodes[id]
		if strings.HasPrefix(n.Class, "Audio/") || n.Name == name {
			return // a device, whose audio leaves it by links alone
		}
		for other, m := range g.nodes {
			if m.client == n.client && strings.HasPrefix(m.Class, "Audio/Source") {
				reach(other)
			}
		}
	}
	for id, n := range g.nodes {
		if n.Name == name {
			reach(id)
		}
	}
	fed := map[string]string{}
	for id := range reached {
		n := g.nodes[id]
		switch {
		case n.Name == name:
		case strings.HasPrefix(n.Class, "Audio/Source"):
			fed[n.Name] = g.program(n)
		case strings.HasPrefix(n.Class, "Audio/Sink"):
			fed[n.Name+".monitor"] = g.program(n)
		}
	}
	return fed
}

// program names the program that a node belongs to; what PipeWire has loaded itself is a filter.
// The caller holds mu.
func (g *Graph) program(n Node) string {
	if name := g.clients[n.client]; name != "" && name != "pipewire" {
		return name
	}
	return "a filter of PipeWire"
}
