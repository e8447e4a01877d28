package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"
)

// timeout is long for an answer that takes microseconds: a machine under load.
const timeout = 5 * time.Second

// Client talks to the daemon. Its methods that change something return the
// status after it. Errors are ErrNoDaemon, one of the others of this package,
// or what the daemon said.
type Client struct{ http http.Client }

// NewClient returns a client of the daemon with this runtime folder. It does
// not connect yet.
func NewClient(dir string) *Client {
	w := &way{dir: dir}
	w.DialContext = w.dial
	return &Client{http.Client{Transport: w}}
}

// Close ends the client's idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Status returns the daemon's state.
func (c *Client) Status(ctx context.Context) (s Status, err error) {
	return s, c.do(ctx, http.MethodGet, "/v1/status", nil, &s)
}

// SetStrength sets the strength by name or number of dB.
func (c *Client) SetStrength(ctx context.Context, text string) (Status, error) {
	return c.post(ctx, "/v1/strength", map[string]string{"strength": text})
}

// SetBypass switches cleaning off (true) or on.
func (c *Client) SetBypass(ctx context.Context, on bool) (Status, error) {
	return c.post(ctx, "/v1/bypass", map[string]bool{"on": on})
}

// SetMute switches the microphone off (true) or on.
func (c *Client) SetMute(ctx context.Context, on bool) (Status, error) {
	return c.post(ctx, "/v1/mute", map[string]bool{"on": on})
}

// SetTalk changes what the talk button does, or presses or releases it.
func (c *Client) SetTalk(ctx context.Context, change TalkChange) (Status, error) {
	return c.post(ctx, "/v1/talk", change)
}

// Presets lists the presets.
func (c *Client) Presets(ctx context.Context) (list []Preset, err error) {
	return list, c.do(ctx, http.MethodGet, "/v1/presets", nil, &list)
}

// SetPreset uses a preset, or none for "".
func (c *Client) SetPreset(ctx context.Context, name string) (Status, error) {
	return c.post(ctx, "/v1/preset", map[string]string{"preset": name})
}

// SetVoice sets all settings of the voice processing.
func (c *Client) SetVoice(ctx context.Context, v Voice) (Status, error) {
	return c.post(ctx, "/v1/voice", v)
}

// Devices lists the microphones.
func (c *Client) Devices(ctx context.Context) (list []Device, err error) {
	return list, c.do(ctx, http.MethodGet, "/v1/devices", nil, &list)
}

// SetDevice uses another microphone, "" for the system's default, and of its channels one, from
// 1 on; 0 leaves it to the voice.
func (c *Client) SetDevice(ctx context.Context, name string, channel int) (Status, error) {
	return c.post(ctx, "/v1/device", map[string]any{"device": name, "channel": channel})
}

// SetDefault makes Stillmic Microphone the system's default, or gives that back.
func (c *Client) SetDefault(ctx context.Context, on bool) (Status, error) {
	return c.post(ctx, "/v1/default", map[string]bool{"on": on})
}

// SetModel uses a built-in network, by its name, or a weight file; "" for the best that
// the latency allows.
func (c *Client) SetModel(ctx context.Context, model string) (Status, error) {
	return c.post(ctx, "/v1/model", map[string]string{"model": model})
}

// SetLatency chooses how much delay the network may take.
func (c *Client) SetLatency(ctx context.Context, b LatencyBudget) (Status, error) {
	return c.post(ctx, "/v1/latency", map[string]LatencyBudget{"latency": b})
}

// SetEcho chooses when the echo of loudspeakers is cancelled.
func (c *Client) SetEcho(ctx context.Context, m EchoMode) (Status, error) {
	return c.post(ctx, "/v1/echo", map[string]EchoMode{"mode": m})
}

// SetFocus chooses whose voices stay.
func (c *Client) SetFocus(ctx context.Context, m FocusMode) (Status, error) {
	return c.post(ctx, "/v1/focus", map[string]FocusMode{"mode": m})
}

// SetSpeaker changes what is not nil of the virtual output.
func (c *Client) SetSpeaker(ctx context.Context, change SpeakerChange) (Status, error) {
	return c.post(ctx, "/v1/speaker", change)
}

// Outputs lists what sound can be played on.
func (c *Client) Outputs(ctx context.Context) (list []Output, err error) {
	return list, c.do(ctx, http.MethodGet, "/v1/outputs", nil, &list)
}

// Record starts an A/B recording.
func (c *Client) Record(ctx context.Context, seconds float64) (r Recording, err error) {
	return r, c.do(ctx, http.MethodPost, "/v1/record", map[string]float64{"seconds": seconds}, &r)
}

// Recording returns the state of the A/B recording, and its figures.
func (c *Client) Recording(ctx context.Context) (r Recording, err error) {
	return r, c.do(ctx, http.MethodGet, "/v1/record", nil, &r)
}

// DeleteRecording deletes the A/B recording.
func (c *Client) DeleteRecording(ctx context.Context) (r Recording, err error) {
	return r, c.do(ctx, http.MethodDelete, "/v1/record", nil, &r)
}

// VoicePrint says whether a voice is enrolled, and how well.
func (c *Client) VoicePrint(ctx context.Context) (p VoicePrint, err error) {
	return p, c.do(ctx, http.MethodGet, "/v1/voiceprint", nil, &p)
}

// DeleteVoicePrint deletes the print; ErrNotFound if there is none.
func (c *Client) DeleteVoicePrint(ctx context.Context) (p VoicePrint, err error) {
	return p, c.do(ctx, http.MethodDelete, "/v1/voiceprint", nil, &p)
}

// PutBack has programs that record a real microphone record the virtual one: those of the names
// that Status.RawApps has, without any all.
func (c *Client) PutBack(ctx context.Context, apps ...string) (Status, error) {
	return c.post(ctx, "/v1/put-back", map[string][]string{"apps": apps})
}

// OpenPage has the page served and returns a link to it. Errors are ErrPageOff, and ErrNotNow for a
// fixed address that is taken.
func (c *Client) OpenPage(ctx context.Context) (l PageLink, err error) {
	return l, c.do(ctx, http.MethodPost, "/v1/page", nil, &l)
}

// Track opens one track of the A/B recording, a WAV file.
func (c *Client) Track(ctx context.Context, t Track) (io.ReadCloser, error) {
	return c.open(ctx, "/v1/record/"+string(t)+".wav")
}

// Listen opens one side of the live microphone, a WAV file without an end.
func (c *Client) Listen(ctx context.Context, t Track) (io.ReadCloser, error) {
	return c.open(ctx, "/v1/listen?track="+string(t))
}

func (c *Client) post(ctx context.Context, path string, body any) (s Status, err error) {
	return s, c.do(ctx, http.MethodPost, path, body, &s)
}

// do sends a request and decodes the answer.
func (c *Client) do(ctx context.Context, method, path string, body, into any) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	resp, err := c.send(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		return fmt.Errorf("read the daemon's answer: %w", err)
	}
	return nil
}

// open sends a request whose answer is a stream.
func (c *Client) open(ctx context.Context, path string) (io.ReadCloser, error) {
	resp, err := c.send(ctx, http.MethodGet, path, nil)
	if err != nil {
		return nil, err
	}
	return resp.Body, nil
}

// send sends a request; an answer other than 200 is an error.
func (c *Client) send(ctx context.Context, method, path string, body any) (*http.Response, error) {
	var text io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", method, path, err)
		}
		text = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://stillmic"+path, text)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	resp, err := c.http.Do(req)
	if errors.Is(err, ErrNoDaemon) {
		return nil, fmt.Errorf("%w; start it with: stillmic service start, or here with: stillmic run", ErrNoDaemon)
	}
	if err != nil {
		return nil, fmt.Errorf("ask the daemon: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		defer resp.Body.Close()
		return nil, refusal(resp)
	}
	return resp, nil
}

// Refusal is what the daemon answered instead of doing it.
type Refusal struct {
	Code int    // HTTP status
	Text string // why
}

// Error implements error.
func (r Refusal) Error() string { return r.Text }

// Is makes errors.Is work across the socket.
func (r Refusal) Is(target error) bool {
	return slices.Contains([]error{ErrNotFound, ErrBusy, ErrNotNow, ErrPageOff, ErrCode}, target) && statusCode(target) == r.Code
}

func refusal(resp *http.Response) error {
	var why struct {
		Error string `json:"error"`
	}
	if json.NewDecoder(resp.Body).Decode(&why) != nil || why.Error == "" {
		why.Error = "the daemon answered " + resp.Status
	}
	return Refusal{resp.StatusCode, why.Error}
}
