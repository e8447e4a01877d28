//go:build linux || windows || (darwin && cgo)

package tray

import (
	"context"
	"log"
	"strings"
	"time"

	"fyne.io/systray"
)

// Run shows the icon until ctx ends, the person closes it or the session ends.
// It must be called by the main goroutine.
func Run(ctx context.Context, o Options) error {
	chosen := make(chan click, 8)
	s, err := openSession(o.Log, func(c click) { chosen <- c })
	if err != nil {
		return err
	}
	defer s.close()
	icons, err := drawIcons()
	if err != nil {
		return err
	}
	log.SetFlags(0)
	log.SetOutput(lineLog(o.Log)) // where systray reports to
	m := &menu{session: s, words: o.Text, withKeys: o.Keys != nil, chosen: chosen, icons: icons}
	ctl := &controller{
		o: o, m: newModel(o.Text, time.Now()), menu: m,
		in: make(chan func(*model), 16), todo: make(chan action, 4),
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	context.AfterFunc(s.ended(), cancel)
	systray.SetTitle("stillmic") // before Run, which takes it for the identity
	loop(func() {
		m.build()
		m.show(ctl.m.view(time.Now()))
	}, func() { ctl.run(ctx) }, cancel)
	return nil
}

// lineLog is a writer whose lines go to a log.
type lineLog func(format string, args ...any)

// Write implements io.Writer.
func (l lineLog) Write(b []byte) (int, error) {
	l("%s", strings.TrimSpace(string(b)))
	return len(b), nil
}
