package pulse

import (
	"encoding/binary"
	"hash/fnv"

	"github.com/jfreymuth/pulse/proto"

	"github.com/stillmic/stillmic/audioio/pulse/internal/wire"
)

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
	w.fingerprint = fingerprint(reply)
	n := 0
	for _, r := range reply {
		if r.SourceIndex == w.index && !r.Corked && !isMeter(r) {
			n++
		}
	}
	if own := w.own.Load(); own != nil { // and not being given up
		n += len(w.p.linked(*own))
		w.putBack(w.p.callers.check(reply, place{w.p, w.index}, w.byServer))
	}
	return n, nil
}

// fingerprint differs where other programs record, or other devices. Meters, modules and our own
// streams are no programs.
func fingerprint(list proto.GetSourceOutputInfoListReply) uint64 {
	sum := fnv.New64a()
	for _, r := range list {
		if isMeter(r) || r.Corked || r.ClientIndex == proto.Undefined || ofStillmic(r.Properties) {
			continue
		}
		_ = binary.Write(sum, binary.LittleEndian, [2]uint32{r.SourceOutpuIndex, r.SourceIndex}) // a hash takes everything
	}
	return sum.Sum64()
}
