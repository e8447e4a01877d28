package graph

import (
	"encoding/json"
	"strings"
	"sync"
	"time"
)

// FollowsDefault is the target of a stream that somebody has moved to what was the default.
const FollowsDefault = "-1"

// Keys of the metadata. What the pulse server sets for a stream that somebody moves, in a mixer or
// otherwise, is its target: the index of the device, or FollowsDefault. The session manager, which
// moves streams with the default or when their device is gone, sets nothing for them; it sets the
// default devices, as {"name": "..."}, for the object 0.
const (
	keyTarget = "target.object"
	keySource = "default.audio.source"
	keySink   = "default.audio.sink"
)

// Defaults are the names of the default devices, as the pulse protocol has them.
type Defaults struct{ Source, Sink string }

// metadata is what the session manager keeps for all programs, read by an object of the
// connection's.
type metadata struct {
	object   uint32
	told     chan struct{} // closed with the first of its properties
	first    sync.Once
	targets  map[uint32]string // by node, where somebody has moved it
	defaults Defaults          // names of nodes
}

func newMetadata(object uint32) *metadata {
	return &metadata{object: object, told: make(chan struct{}), targets: map[uint32]string{}}
}

// bindMetadata begins to read the metadata with this id. The caller holds mu.
func (g *Graph) bindMetadata(id uint32) *metadata {
	m := newMetadata(g.free)
	g.free++
	g.send(registryID, registryBind, structOf(int32(id), metadataType, int32(versionMetadata), int32(m.object)))
	return m
}

// leaveMetadata ends the reading of a metadata.
func (g *Graph) leaveMetadata(m *metadata) {
	if m.object != 0 {
		g.send(coreID, coreDestroy, structOf(int32(m.object)))
	}
}

// ReadMetadata reads the metadata again, for Target and Defaults, and reports whether it is known
// now. While a program begins to read it, which each program does that connects, PipeWire tells of
// a change that program alone (metadata_property in its module-metadata, up to 1.5 at least): all
// others miss it for ever.
func (g *Graph) ReadMetadata() bool {
	g.reading.Lock()
	defer g.reading.Unlock()
	g.mu.Lock()
	global := g.global
	if global == 0 {
		g.mu.Unlock()
		return false
	}
	next := g.bindMetadata(global)
	g.next = next
	g.mu.Unlock()
	known := false
	select {
	case <-next.told: // the rest comes with it
		known = g.sync()
	case <-g.ended:
	case <-time.After(readPatience):
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.next = nil
	if !known || g.global != global {
		g.leaveMetadata(next)
		return false
	}
	g.leaveMetadata(g.metadata)
	g.metadata = next
	return true
}

// readPatience is how long the metadata may take, which always has the default devices.
const readPatience = 300 * time.Millisecond

// property takes in what somebody has set for an object.
func (g *Graph) property(object uint32, f fields) {
	subject, key := f.number(), f.text()
	f.text() // kind
	value := f.text()
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, m := range []*metadata{g.metadata, g.next} {
		if m != nil && m.object == object { // not one read before
			m.first.Do(func() { close(m.told) })
			m.set(subject, key, value)
		}
	}
}

// set takes in a property; one without a key means that all of the subject's are gone.
func (m *metadata) set(subject uint32, key, value string) {
	switch {
	case key == keyTarget && value != "":
		m.targets[subject] = value
	case key == "" || key == keyTarget:
		delete(m.targets, subject)
	}
	if subject == coreID && (key == keySource || key == "") {
		m.defaults.Source = nameIn(value)
	}
	if subject == coreID && (key == keySink || key == "") {
		m.defaults.Sink = nameIn(value)
	}
}

// nameIn returns the name in {"name": "..."}, "" for none.
func nameIn(text string) string {
	var v struct{ Name string }
	if json.Unmarshal([]byte(text), &v) != nil {
		return "" // as where no default is set
	}
	return v.Name
}

// Target returns where somebody has moved a stream to, both by their index in the pulse protocol:
// FollowsDefault for the default, "" for nowhere.
func (g *Graph) Target(index string) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	for id, n := range g.nodes {
		if n.Index == index {
			return g.metadata.targets[id]
		}
	}
	return ""
}

// Defaults returns the default devices, and reports whether both are there. A source may be the
// monitor of an output.
func (g *Graph) Defaults() (d Defaults, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, n := range g.nodes {
		device, output := strings.HasPrefix(n.Class, "Audio/"), strings.HasPrefix(n.Class, "Audio/Sink")
		if (output || n.Class == "Audio/Duplex") && n.Name == g.metadata.defaults.Sink {
			d.Sink = n.Name
		}
		if device && n.Name == g.metadata.defaults.Source {
			d.Source = n.Name
			if output {
				d.Source += ".monitor"
			}
		}
	}
	return d, d.Source != "" && d.Sink != ""
}
