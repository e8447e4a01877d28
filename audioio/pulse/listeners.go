package pulse

import (
	"time"

	"github.com/jfreymuth/pulse/proto"

	"github.com/stillmic/stillmic/audioio/pulse/internal/wire"
)

// putBackWithin is how near a change of the default device a program must have been moved
// for the move to be the server's. The change is what is seen, not what the server tells:
// PipeWire does not always tell.
const putBackWithin = 3 * time.Second

// callers knows the programs that record the virtual microphone, to put those back that the
// server moves to another one. When another device becomes the default, servers move the streams
// of the old one with it, those that have chosen it by name among them; such a move comes
// with another default. A move without is a person's, who knows why.
// Where a server did not tell of the default (see knowing), both are seen at once, and a
// person's move is undone one time: the microphone is not opened by mistake. It belongs to
// the watcher's goroutine.
type callers struct {
	on    map[uint32]bool      // streams that recorded it when it was looked last
	moved map[uint32]time.Time // streams that were moved off, and when that was seen
}

// check takes a new list of all recordings, and returns the streams to be put back.
func (c *callers) check(list proto.GetSourceOutputInfoListReply, own uint32, chosen, now time.Time) (back []uint32) {
	on, moved := map[uint32]bool{}, map[uint32]time.Time{}
	for _, r := range list {
		index := r.SourceOutpuIndex
		since, off := c.moved[index]
		switch {
		case isMeter(r):
		case r.SourceIndex == own:
			on[index] = true
		case c.on[index]:
			since, off = now, true //nolint:ineffassign // as the case below
			fallthrough
		case off && now.Sub(since) < putBackWithin:
			if d := since.Sub(chosen); !chosen.IsZero() && d < putBackWithin && d > -putBackWithin {
				back = append(back, index)
			}
			moved[index] = since
		}
	}
	c.on, c.moved = on, moved
	return back
}

// putBack moves streams to the virtual microphone. One that has ended or must not be moved
// stays where it is.
func (w *watcher) putBack(streams []uint32) {
	if len(streams) == 0 {
		return
	}
	const what = "put a program back"
	_ = w.p.knowing(what, func(conn *wire.Conn) error {
		for _, index := range streams {
			_ = conn.Request(what, &proto.MoveSourceOutput{SourceOutputIndex: index, DeviceIndex: w.index}, nil)
		}
		return nil
	})
}

// notThere is told instead of a number of listeners when the virtual
// microphone has vanished.
const notThere = -1

// onListeners has f told the number of listeners whenever it was counted.
func (w *watcher) onListeners(f func(int)) {
	if f == nil {
		w.counted.Store(nil)
		return
	}
	w.counted.Store(&f)
	w.touch()
}

// count counts the listeners of the virtual microphone. It is all that is looked
// at when a recording begins or ends, for somebody waits to be heard.
func (w *watcher) count() (n int, err error) {
	told := notThere
	if w.index != noStream {
		if n, err = w.countListeners(); err != nil {
			return 0, err
		}
		told = n
	}
	w.listeners.Store(int64(n))
	if f := w.counted.Load(); f != nil {
		(*f)(told)
	}
	return n, nil
}

// countListeners counts the running recordings of the virtual microphone, without level
// meters, and puts back those that the server has moved off.
func (w *watcher) countListeners() (int, error) {
	var reply proto.GetSourceOutputInfoListReply
	if err := w.p.ctl.Request("list recordings", &proto.GetSourceOutputInfoList{}, &reply); err != nil {
		return 0, err
	}
	n := 0
	for _, r := range reply {
		if r.SourceIndex == w.index && !r.Corked && !isMeter(r) {
			n++
		}
	}
	if own := w.own.Load(); own != nil {
		n += len(w.p.linked(*own))
	}
	w.putBack(w.callers.check(reply, w.index, w.chosenAt, time.Now()))
	return n, nil
}
