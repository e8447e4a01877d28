package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// timeout is long for an answer that takes microseconds: a machine under load.
const timeout = 5 * time.Second

// Client talks to the daemon.
type Client struct{ http http.Client }

// NewClient returns a client of the daemon with this runtime folder. It does
// not connect yet.
func NewClient(dir string) *Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, "unix", SocketPath(dir))
		if err != nil {
			return nil, fmt.Errorf("%w: start one with: stillmic run", ErrNoDaemon)
		}
		return c, nil
	}
	return &Client{http.Client{Timeout: timeout, Transport: &http.Transport{DialContext: dial}}}
}

// Status decodes the daemon's state into v.
func (c *Client) Status(ctx context.Context, v any) error {
	return c.do(ctx, http.MethodGet, "/v1/status", nil, v)
}

// SetStrength sets the strength by name or number of dB.
func (c *Client) SetStrength(ctx context.Context, text string, status any) error {
	return c.do(ctx, http.MethodPost, "/v1/strength", map[string]string{"strength": text}, status)
}

// SetBypass switches cleaning off (true) or on.
func (c *Client) SetBypass(ctx context.Context, on bool, status any) error {
	return c.do(ctx, http.MethodPost, "/v1/bypass", map[string]bool{"on": on}, status)
}

// do sends a request; its errors are ErrNoDaemon, or what the daemon answered.
func (c *Client) do(ctx context.Context, method, path string, body, into any) error {
	var send io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("%s %s: %w", method, path, err)
		}
		send = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://stillmic"+path, send)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	resp, err := c.http.Do(req)
	if errors.Is(err, ErrNoDaemon) {
		return fmt.Errorf("%w: start one with: stillmic run", ErrNoDaemon)
	}
	if err != nil {
		return fmt.Errorf("ask the daemon: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		var why struct {
			Error string `json:"error"`
		}
		if json.NewDecoder(resp.Body).Decode(&why) != nil || why.Error == "" {
			why.Error = resp.Status
		}
		return errors.New(why.Error)
	}
	if into == nil {
		return nil
	}
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		return fmt.Errorf("read the daemon's answer: %w", err)
	}
	return nil
}
