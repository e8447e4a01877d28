package control

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
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

// An answer in parts has the result and the picture of its spectrograms; a name says the
// format, and cannot say a place.
func TestUploadAnswersInParts(t *testing.T) {
	o := options(t, t.TempDir())
	listening(t, o)
	c := NewClient(o.Dir)
	address := "http://stillmic/v1/clean?preset=podcast&loudness=-19&name=" + url.QueryEscape("../../a talk.OPUS")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader("OggS music"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "multipart/form-data")
	resp, err := c.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if report := resp.Header.Get("X-Stillmic-Report"); report != `{"preset":"podcast","loudness":-19}` {
		t.Errorf("report %s", report)
	}
	_, parameters, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	form, err := multipart.NewReader(resp.Body, parameters["boundary"]).ReadForm(1 << 20)
	if err != nil {
		t.Fatal(err)
	}
	for part, want := range map[string][3]string{"recording": {"recording-clean.opus", "audio/ogg", "OggS music"}, "picture": {"picture.png", "image/png", "PNG"}} {
		if len(form.File[part]) != 1 {
			t.Fatalf("%s: %v", part, form.File)
		}
		h := form.File[part][0]
		f, err := h.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(f)
		if got := [3]string{h.Filename, h.Header.Get("Content-Type"), string(text)}; err != nil || got != want {
			t.Errorf("%s: %q, %v", part, got, err)
		}
	}
	if left, err := os.ReadDir(filepath.Join(o.State, "uploads")); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

type endless struct{}

func (endless) Read(b []byte) (int, error) { return len(b), nil }
