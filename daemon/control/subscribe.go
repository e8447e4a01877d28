package control

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strings"

	"github.com/stillmic/stillmic/daemon/enrol"
)

// maxEvent is the longest event that is read: a spectrum has 3 kB.
const maxEvent = 1 << 20

// Events subscribes to events of some kinds, all if none is named, and yields
// them until ctx ends or the daemon goes; the last pair holds why.
func (c *Client) Events(ctx context.Context, kinds ...EventKind) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		names := make([]string, len(kinds))
		for i, k := range kinds {
			names[i] = string(k)
		}
		body, err := c.open(ctx, "/v1/events?kinds="+strings.Join(names, ","))
		if err != nil {
			yield(Event{}, err)
			return
		}
		defer body.Close()
		if err := readEvents(body, func(ev Event) bool { return yield(ev, nil) }); err != nil {
			yield(Event{}, fmt.Errorf("events: %w", err))
		}
	}
}

// readEvents reads what stream writes, until the end, which is an error, or
// until take has had enough.
func readEvents(r io.Reader, take func(Event) bool) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 4096), maxEvent)
	var ev Event
	for lines.Scan() {
		line := lines.Text()
		switch {
		case line == "":
			if ev.Kind != "" && !take(ev) {
				return nil
			}
			ev = Event{}
		case strings.HasPrefix(line, "event: "):
			ev.Kind = EventKind(line[len("event: "):])
		case strings.HasPrefix(line, "data: "):
			ev.Data = json.RawMessage(line[len("data: "):])
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	return fmt.Errorf("%w any more", ErrNoDaemon)
}

// Decode decodes an event's data: into a *Status, *Meters, *Spectrum, *LogEntry
// or *Histograms, as its kind says.
func (ev Event) Decode(into any) error {
	if err := json.Unmarshal(ev.Data, into); err != nil {
		return fmt.Errorf("event %s: %w", ev.Kind, err)
	}
	return nil
}

// ErrCutOff is the error of an enrolment whose daemon went away.
var ErrCutOff = errors.New("the daemon ended; nothing was kept")

// Enrol has the daemon enrol the voice that its microphone hears; fresh has the print take the place
// of the one that is there. tell gets how it goes, at last Done or Failed; its error ends the
// enrolment, as ctx does, and nothing is kept then.
func (c *Client) Enrol(ctx context.Context, fresh bool, tell func(Enrolment) error) error {
	resp, err := c.send(ctx, http.MethodPost, "/v1/voiceprint", enrolBody{fresh})
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	ended, told := false, error(nil)
	err = readEvents(resp.Body, func(ev Event) bool {
		var p Enrolment
		if told = ev.Decode(&p); told == nil {
			told = tell(p)
		}
		ended = p.State != enrol.Listening
		return told == nil && !ended
	})
	switch {
	case told != nil:
		return told
	case ended:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, ErrNoDaemon) || errors.Is(err, io.ErrUnexpectedEOF):
		return ErrCutOff
	}
	return fmt.Errorf("enrol: %w", err)
}
