package control

import (
	"context"
	"errors"
	"testing"

	"github.com/stillmic/stillmic/daemon/enrol"
)

// TestEnrolTells: a client hears how an enrolment goes, to its end; events are as the file says.
func TestEnrolTells(t *testing.T) {
	doc := description(t)
	o := options(t, t.TempDir())
	listening(t, o)
	c := NewClient(o.Dir)
	var states []enrol.State
	err := c.Enrol(t.Context(), false, func(p Enrolment) error {
		states = append(states, p.State)
		return nil
	})
	if err != nil || len(states) != 2 || states[1] != enrol.Done {
		t.Errorf("states %v, %v", states, err)
	}
	for ev, err := range posted(t.Context(), c, "/v1/voiceprint") {
		if err != nil {
			break // the end
		}
		if ev.Kind != eventEnrolment {
			t.Errorf("an event %s", ev.Kind)
		}
		fits(t, "Enrolment", doc.Components.Schemas["Enrolment"], ev.Data)
	}
	stop := errors.New("enough")
	if err := c.Enrol(t.Context(), false, func(Enrolment) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("who has enough gets %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if err := c.Enrol(ctx, true, func(Enrolment) error { cancel(); return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("who leaves gets %v", err)
	}
	o.API.(*memory).fails(ErrBusy)
	if err := c.Enrol(t.Context(), false, func(Enrolment) error { return nil }); !errors.Is(err, ErrBusy) {
		t.Errorf("a second one gets %v", err)
	}
}

// posted yields the events that a POST is answered with.
func posted(ctx context.Context, c *Client, path string) func(yield func(Event, error) bool) {
	return func(yield func(Event, error) bool) {
		resp, err := c.send(ctx, "POST", path, struct{}{})
		if err != nil {
			yield(Event{}, err)
			return
		}
		defer resp.Body.Close()
		if err := readEvents(resp.Body, func(ev Event) bool { return yield(ev, nil) }); err != nil {
			yield(Event{}, err)
		}
	}
}
