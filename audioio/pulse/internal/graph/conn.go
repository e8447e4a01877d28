package graph

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// A message is a head of four words and a struct: the object it is for, its number with the
// length in the lower 24 bits, a counter, and how many file descriptors come with it, which is
// none for what is used here (module-protocol-native).
const (
	headLen = 16
	maxBody = 1<<24 - 1
)

// Objects that every connection has, and the registry, which is asked for first.
const (
	coreID = iota
	clientID
	registryID
	firstFreeID
)

// Methods and events of the interfaces that are used (core.h, client.h, metadata.h).
const (
	coreHello, coreSync, corePong, coreGetRegistry, coreCreateObject, coreDestroy = 1, 2, 3, 5, 6, 7
	clientUpdateProperties                                                        = 2
	registryBind                                                                  = 1

	eventInfo, eventDone, eventPing, eventError = 0, 1, 2, 3 // of the core
	eventGlobal, eventGlobalRemove              = 0, 1       // of the registry
	eventProperty                               = 0          // of a metadata

	versionCore, versionRegistry, versionMetadata, versionLink = 3, 3, 3, 3
)

const (
	metadataType = "PipeWire:Interface:Metadata"
	nodeType     = "PipeWire:Interface:Node"
	linkType     = "PipeWire:Interface:Link"
	portType     = "PipeWire:Interface:Port"
	clientType   = "PipeWire:Interface:Client"
)

// patience is how long PipeWire may take to tell all that it knows.
const patience = 3 * time.Second

// ErrOther is what Dial returns where another PipeWire answers than the one that is meant.
var ErrOther = errors.New("it is another PipeWire")

// Dial connects to the socket of PipeWire with this cookie, and returns once all that is there
// is known. changed is called, by the connection's goroutine, whenever that becomes other.
func Dial(ctx context.Context, socket string, cookie uint32, changed func()) (*Graph, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", socket)
	if err != nil {
		return nil, fmt.Errorf("reach PipeWire: %w", err)
	}
	g := newGraph(conn, changed)
	g.send(coreID, coreHello, structOf(int32(versionCore)))
	g.send(clientID, clientUpdateProperties, structOf(structOf(int32(2),
		"application.name", "Stillmic", "application.id", "io.github.stillmic.stillmic")))
	g.send(coreID, coreGetRegistry, structOf(int32(versionRegistry), int32(registryID)))
	go g.run()
	select {
	case <-g.known:
		if g.cookie != cookie {
			err = ErrOther
		}
	case <-g.ended:
		err = io.ErrUnexpectedEOF
	case <-ctx.Done():
		err = ctx.Err()
	case <-time.After(patience):
		err = errors.New("it does not answer")
	}
	if err != nil {
		g.Close()
		return nil, fmt.Errorf("ask PipeWire for its graph: %w", err)
	}
	return g, nil
}

// sync waits until the graph knows all that PipeWire has told before, and reports whether it
// does.
func (g *Graph) sync() bool {
	answered := make(chan struct{})
	g.mu.Lock()
	g.syncs++ // 0 is the first one's, of the reader
	seq := g.syncs
	g.waiting[seq] = answered
	g.mu.Unlock()
	g.send(coreID, coreSync, structOf(int32(coreID), seq))
	select {
	case <-answered:
		return true
	case <-g.ended:
	case <-time.After(patience):
	}
	return false
}

// answer wakes who waits for this answer.
func (g *Graph) answer(seq int32) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if answered, there := g.waiting[seq]; there {
		close(answered)
		delete(g.waiting, seq)
	}
}

// send sends a message. An error shows when the connection is read.
func (g *Graph) send(object, method uint32, body []byte) {
	g.sending.Lock()
	defer g.sending.Unlock()
	p := order.AppendUint32(make([]byte, 0, headLen+len(body)), object)
	p = order.AppendUint32(p, method<<24|uint32(len(body)))
	p = order.AppendUint32(p, g.sent)
	p = order.AppendUint32(p, 0)
	g.sent++
	_, _ = g.conn.Write(append(p, body...))
}

// run reads messages until the connection ends.
func (g *Graph) run() {
	defer close(g.ended)
	defer g.clear()
	r := bufio.NewReader(g.conn)
	var head [headLen]byte
	for {
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return
		}
		object, word := order.Uint32(head[:]), order.Uint32(head[4:])
		body := make([]byte, word&maxBody)
		if _, err := io.ReadFull(r, body); err != nil {
			return
		}
		whole := fields(body)
		if f := whole.inner(); g.message(object, word>>24, f) {
			g.changed()
		}
	}
}

// message takes a message in, and reports whether the graph is another.
func (g *Graph) message(object, event uint32, f fields) (changed bool) {
	switch {
	case object == coreID:
		g.core(event, f)
		return false
	case object == registryID && event == eventGlobal:
		g.first.Do(func() { g.send(coreID, coreSync, structOf(int32(coreID), int32(0))) })
		return g.add(f)
	case object == registryID && event == eventGlobalRemove:
		return g.remove(f.number())
	case event == eventProperty && object >= firstFreeID:
		g.property(object, f)
	}
	return false
}

// core takes a message of the connection itself in. All that is there is told at once, but not
// before the session manager has given the permission; an answer to what is asked after the first
// of it is the end of it.
func (g *Graph) core(event uint32, f fields) {
	switch event {
	case eventInfo:
		f.number() // its own id
		g.cookie = f.number()
	case eventDone:
		g.last.Do(func() { close(g.known) })
		f.number() // the object's id
		g.answer(int32(f.number()))
	case eventPing:
		g.send(coreID, corePong, structOf(int32(f.number()), int32(f.number())))
	case eventError: // of an object that went before it was asked for
	}
}

// Done is closed when the connection has ended. The graph is empty then.
func (g *Graph) Done() <-chan struct{} { return g.ended }

// Close ends the connection.
func (g *Graph) Close() {
	_ = g.conn.Close()
	<-g.ended
}
