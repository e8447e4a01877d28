// Package connlimit bounds the number of connections of an HTTP server.
package connlimit

import (
	"container/list"
	"net"
	"net/http"
	"sync"
)

// Limiter keeps the number of connections bounded. Whoever comes is let in, and
// of those that ask nothing the one that has been quiet for the longest time
// has to leave: a thousand idle connections keep nobody out.
type Limiter struct {
	most int
	mu   sync.Mutex
	all  map[net.Conn]*list.Element // nil while a request is answered
	idle list.List                  // of net.Conn, the longest quiet first
}

// New returns a limiter of most open connections.
func New(most int) *Limiter {
	return &Limiter{most: most, all: map[net.Conn]*list.Element{}}
}

// Track follows a connection; it is an http.Server's ConnState.
func (c *Limiter) Track(conn net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.all[conn]; e != nil {
		c.idle.Remove(e)
	}
	switch state {
	case http.StateClosed, http.StateHijacked:
		delete(c.all, conn)
	case http.StateActive:
		c.all[conn] = nil
	case http.StateNew, http.StateIdle:
		c.all[conn] = c.idle.PushBack(conn)
	}
	for len(c.all) > c.most {
		oldest := c.idle.Front()
		if oldest == nil {
			if state == http.StateNew {
				c.drop(conn) // all are busy: no room
			}
			return
		}
		c.idle.Remove(oldest)
		c.drop(oldest.Value.(net.Conn))
	}
}

// drop closes a connection; the server forgets it when it notices.
func (c *Limiter) drop(conn net.Conn) {
	delete(c.all, conn)
	_ = conn.Close() // nothing was going on
}
