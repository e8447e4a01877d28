//go:build windows || (darwin && cgo)

package tray

import "context"

// session stands for the desktop. Notifications go to the log here: the icon
// and the menu's first line say the same.
type session struct{ log func(string, ...any) }

func openSession(log func(string, ...any), _ func(click)) (session, error) {
	return session{log}, nil
}

func (session) ended() context.Context { return context.Background() }
func (session) close()                 {}

func (s session) notify(_ slot, n *notice) {
	if n != nil {
		s.log("%s: %s", n.title, n.body)
	}
}
