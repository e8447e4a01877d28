package pulse

import (
	"maps"
	"slices"

	"github.com/stillmic/stillmic/audioio"
)

// snapshot is the state of the server that events are made of.
type snapshot struct {
	devices     map[uint32]audioio.Device // by the server's index, which is never used twice
	levels      map[uint32]audioio.Level  // of the devices
	defaultName string                    // name of the default device
	listeners   int
	recordings  uint64 // differs where other programs record, or other devices
}

// clone returns a copy that shares nothing.
func (p snapshot) clone() snapshot {
	p.devices, p.levels = maps.Clone(p.devices), maps.Clone(p.levels)
	return p
}

// difference returns the events that lead from one snapshot to another, in a
// fixed order: devices that went, came, changed, their levels, then the default.
func difference(from, to snapshot) []change {
	var list []change
	for _, i := range sortedIndices(from.devices) {
		if _, ok := to.devices[i]; !ok {
			list = append(list, change{Event: audioio.Event{Kind: audioio.EventDeviceRemoved, Device: from.devices[i]}, index: i})
		}
	}
	for _, i := range sortedIndices(to.devices) {
		if _, ok := from.devices[i]; !ok {
			list = append(list, change{Event: audioio.Event{Kind: audioio.EventDeviceAdded, Device: to.devices[i]},
				level: to.levels[i], index: i})
		}
	}
	for _, i := range sortedIndices(to.devices) {
		was, ok := from.devices[i]
		is := to.devices[i]
		was.Default = is.Default // has an event of its own
		if ok && was != is {
			list = append(list, change{Event: audioio.Event{Kind: audioio.EventDeviceChanged, Device: is}, index: i})
		}
	}
	for _, i := range sortedIndices(to.devices) {
		if was, ok := from.levels[i]; ok && was != to.levels[i] {
			list = append(list, change{Event: audioio.Event{Kind: audioio.EventLevelChanged, Device: to.devices[i]},
				level: to.levels[i], index: i})
		}
	}
	if from.defaultName != to.defaultName {
		e := change{Event: audioio.Event{Kind: audioio.EventDefaultChanged, Device: audioio.Device{Name: to.defaultName}}}
		for i, d := range to.devices {
			if d.Name == to.defaultName {
				e.Device, e.index = d, i
			}
		}
		list = append(list, e)
	}
	if from.listeners != to.listeners || from.recordings != to.recordings {
		list = append(list, change{Event: audioio.Event{Kind: audioio.EventListenersChanged}, index: uint32(to.listeners),
			recordings: to.recordings})
	}
	return list
}

// apply changes the snapshot as somebody has to who is told an event.
func (p *snapshot) apply(e change) {
	switch e.Kind {
	case audioio.EventDeviceRemoved:
		delete(p.devices, e.index)
		delete(p.levels, e.index)
	case audioio.EventDeviceAdded:
		p.devices[e.index], p.levels[e.index] = e.Device, e.level
	case audioio.EventDeviceChanged:
		p.devices[e.index] = e.Device
	case audioio.EventLevelChanged:
		p.levels[e.index] = e.level
	case audioio.EventDefaultChanged:
		p.defaultName = e.Device.Name
	case audioio.EventListenersChanged:
		p.listeners, p.recordings = int(e.index), e.recordings
	}
}

func sortedIndices(m map[uint32]audioio.Device) []uint32 {
	list := make([]uint32, 0, len(m))
	for i := range m {
		list = append(list, i)
	}
	slices.Sort(list)
	return list
}

// report is what was reported of the server, and what is still to be.
type report struct {
	reported snapshot
	seen     snapshot
	pending  []change // from reported to seen
}

// see takes in what is now.
func (r *report) see(now snapshot) { r.seen, r.pending = now, difference(r.reported, now) }

// serverGone reports that nothing more can be seen.
func (r *report) serverGone() {
	r.pending = append(r.pending, change{Event: audioio.Event{Kind: audioio.EventServerGone}})
}

// next returns the next change and the channel that it is to be sent to, nil if there is
// none.
func (r *report) next(events chan audioio.Event) (chan audioio.Event, change) {
	if len(r.pending) == 0 {
		return nil, change{}
	}
	return events, r.pending[0]
}

// told takes in that the next change has been sent.
func (r *report) told() {
	r.reported.apply(r.pending[0])
	r.pending = r.pending[1:]
}
