package control

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"
	"testing"
	"time"
)

// A change is told within 200 ms, to everybody; one who does not read hinders
// nobody; there is an end to how many may listen.
func TestHub(t *testing.T) {
	o := options(t, t.TempDir())
	s, err := Listen(o)
	if err != nil {
		t.Fatal(err)
	}
	c := NewClient(o.Dir)
	lazy, err := c.open(t.Context(), "/v1/events") // never read
	if err != nil {
		t.Fatal(err)
	}
	defer lazy.Close()
	// The change itself is told, not the next second's status; a busy machine may
	// be late once.
	told, tries := time.Hour, 0
	var changed time.Time
	var want string
	for ev, err := range c.Events(t.Context(), EventStatus) {
		if err != nil {
			t.Fatal(err)
		}
		var st Status
		if err := ev.Decode(&st); err != nil {
			t.Fatal(err)
		}
		if st.Strength != want && tries > 0 {
			continue
		}
		if tries > 0 {
			told = min(told, time.Since(changed))
		}
		if told < 200*time.Millisecond || tries == 5 {
			break
		}
		tries++
		changed, want = time.Now(), strconv.Itoa(10+tries)
		if _, err := c.SetStrength(t.Context(), want); err != nil {
			t.Fatal(err)
		}
	}
	if told > 200*time.Millisecond {
		t.Errorf("told after %v", told)
	}
	for n := 1; ; n++ {
		r, err := c.open(t.Context(), "/v1/events?kinds=log")
		if errors.Is(err, ErrNotNow) {
			break
		}
		if err != nil || n > maxSubscribers {
			t.Fatalf("subscriber %d: %v", n, err)
		}
		defer r.Close()
	}
	// The end of the daemon ends the streams.
	begin := time.Now()
	if err := s.Close(); err != nil || time.Since(begin) > 3*time.Second {
		t.Errorf("closed after %v: %v", time.Since(begin), err)
	}
}

// One file at a time, and none beyond the limit; nothing is left.
func TestUploads(t *testing.T) {
	o := options(t, t.TempDir())
	m := o.API.(*memory)
	m.hold = make(chan struct{})
	listening(t, o)
	c := NewClient(o.Dir)
	send := func(body io.Reader, length int64) (int, string) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://stillmic/v1/clean", body)
		if err != nil {
			t.Fatal(err)
		}
		req.ContentLength = length
		resp, err := c.http.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, _ := io.ReadAll(resp.Body) // it may be cut off after a refusal
		return resp.StatusCode, string(text)
	}
	first := make(chan string)
	go func() {
		_, text := send(bytes.NewReader([]byte("RIFF music")), 10)
		first <- text
	}()
	<-m.hold
	if code, text := send(bytes.NewReader([]byte("noise")), 5); code != http.StatusConflict {
		t.Errorf("two at a time: %d %s", code, text)
	}
	m.hold <- struct{}{}
	if text := <-first; text != "RIFF music" {
		t.Errorf("%q came back", text)
	}
	if code, text := send(endless{}, maxUpload+1); code != http.StatusRequestEntityTooLarge {
		t.Errorf("too long: %d %s", code, text)
	}
}

type endless struct{}

func (endless) Read(b []byte) (int, error) { return len(b), nil }
