package control

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// writeTimeout is how long a stream waits for one who does not read.
const writeTimeout = 5 * time.Second

// stream answers GET /v1/events with Server-Sent Events, as the WHATWG HTML
// standard has them. ?kinds=status,log asks for some kinds only; &replay=true has the last
// seconds held for GET /v1/replay.wav meanwhile.
func (h handlers) stream(w http.ResponseWriter, r *http.Request) {
	kinds, err := parseKinds(r.URL.Query().Get("kinds"))
	if err != nil {
		writeError(w, http.StatusBadRequest, err)
		return
	}
	s := h.events.subscribe(kinds)
	if s == nil {
		writeError(w, http.StatusServiceUnavailable,
			fmt.Errorf("%w: %d programs listen already, or the daemon is stopping", ErrNotNow, maxSubscribers))
		return
	}
	defer h.events.unsubscribe(s)
	out := http.NewResponseController(w)
	if err := out.SetReadDeadline(time.Time{}); err != nil {
		return // the connection is gone
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	if err := out.Flush(); err != nil { // the first event may come much later
		return
	}
	what := h.wanted(s)
	what.Replay = r.URL.Query().Get("replay") == "true"
	stop := h.api.Watch(what)
	defer stop()
	go h.events.follow(s, h.api, r.Context().Done())
	for {
		select {
		case <-r.Context().Done():
			return
		case ev, ok := <-s.events:
			if !ok || h.write(w, out, ev) != nil {
				return
			}
		}
	}
}

// wanted has levels and spectra measured only for who asked for them.
func (h handlers) wanted(s *subscriber) (what Watched) {
	if s.kinds[EventMeters] {
		what.Meters = func(m Meters) { h.events.put(s, EventMeters, m) }
	}
	if s.kinds[EventSpectrum] {
		what.Spectrum = func(m Spectrum) { h.events.put(s, EventSpectrum, m) }
	}
	return what
}

func (h handlers) write(w http.ResponseWriter, out *http.ResponseController, ev Event) error {
	if err := out.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "event: %s\ndata: %s\n\n", ev.Kind, ev.Data); err != nil {
		return err
	}
	return out.Flush()
}

// parseKinds reads a list of kinds; an empty one means all.
func parseKinds(list string) (map[EventKind]bool, error) {
	kinds := map[EventKind]bool{}
	for _, k := range EventKinds {
		kinds[k] = list == ""
	}
	if list == "" {
		return kinds, nil
	}
	for name := range strings.SplitSeq(list, ",") {
		if !slices.Contains(EventKinds, EventKind(name)) {
			return nil, errors.New("kinds is a list of status, meters, spectrum, log, histogram")
		}
		kinds[EventKind(name)] = true
	}
	return kinds, nil
}

type enrolBody struct {
	New bool `json:"new"`
}

// enrol answers POST /v1/voiceprint with Server-Sent Events until a print is kept. When either side
// leaves before, nothing is.
func (h handlers) enrol(w http.ResponseWriter, r *http.Request) {
	var body enrolBody
	if !decodeJSON(w, r, &body) {
		return
	}
	out, began := http.NewResponseController(w), false
	err := h.api.Enrol(r.Context(), body.New, func(p Enrolment) error {
		if !began {
			if err := out.SetReadDeadline(time.Time{}); err != nil {
				return err
			}
			w.Header().Set("Content-Type", "text/event-stream")
			w.Header().Set("Cache-Control", "no-store")
			w.WriteHeader(http.StatusOK)
			began = true
		}
		ev, err := newEvent(eventEnrolment, p)
		if err != nil {
			return err
		}
		return h.write(w, out, ev)
	})
	if err != nil && !began {
		writeError(w, statusCode(err), err)
	}
}
