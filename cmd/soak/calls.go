//go:build linux

package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/preset"
)

// call asks the control API for something. audible: the signal changes until
// the call has set everything back.
type call struct {
	name    string
	audible bool
	do      func(ctx context.Context, s *soak, c *control.Client) error
}

var calls = []call{
	{"strength", true, func(ctx context.Context, s *soak, c *control.Client) error {
		for range 1 + s.rand.IntN(20) {
			if _, err := c.SetStrength(ctx, fmt.Sprint(s.rand.IntN(101))); err != nil {
				return err
			}
			sleep(ctx, 20*time.Millisecond)
		}
		return nil
	}},
	{"bypass", true, func(ctx context.Context, _ *soak, c *control.Client) error {
		_, err := c.SetBypass(ctx, true)
		return err
	}},
	{"mute", true, func(ctx context.Context, _ *soak, c *control.Client) error {
		_, err := c.SetMute(ctx, true)
		return err
	}},
	{"push to talk", true, func(ctx context.Context, s *soak, c *control.Client) error {
		mode, pressed := control.PushToTalk, s.rand.IntN(2) == 0
		_, err := c.SetTalk(ctx, control.TalkChange{Mode: &mode, Pressed: &pressed})
		return err
	}},
	{"preset", true, func(ctx context.Context, s *soak, c *control.Client) error {
		names := preset.Names()
		_, err := c.SetPreset(ctx, names[s.rand.IntN(len(names))])
		return err
	}},
	{"device", true, func(ctx context.Context, s *soak, c *control.Client) error {
		_, err := c.SetDevice(ctx, s.mic.Name(), 0)
		return err
	}},
	{"model", true, func(ctx context.Context, _ *soak, c *control.Client) error {
		_, err := c.SetModel(ctx, "")
		return err
	}},
	{"default", true, func(ctx context.Context, _ *soak, c *control.Client) error {
		if _, err := c.SetDefault(ctx, true); err != nil {
			return err
		}
		_, err := c.SetDefault(ctx, false)
		return err
	}},
	{"record", false, func(ctx context.Context, _ *soak, c *control.Client) error {
		if _, err := c.Record(ctx, 2); err != nil {
			return err
		}
		sleep(ctx, 3*time.Second)
		for _, track := range control.Tracks {
			wav, err := c.Track(ctx, track)
			if err != nil {
				return err
			}
			_, err = io.Copy(io.Discard, wav)
			_ = wav.Close() // it was only read
			if err != nil {
				return err
			}
		}
		_, err := c.DeleteRecording(ctx)
		return err
	}},
	{"status, devices, presets", false, func(ctx context.Context, _ *soak, c *control.Client) error {
		for range 20 {
			if _, err := c.Status(ctx); err != nil {
				return err
			}
		}
		if _, err := c.Devices(ctx); err != nil {
			return err
		}
		_, err := c.Presets(ctx)
		return err
	}},
	{"events", false, func(ctx context.Context, s *soak, _ *control.Client) error {
		return s.read(ctx, "/v1/events", 2*time.Second)
	}},
	{"listen", false, func(ctx context.Context, s *soak, _ *control.Client) error {
		return s.read(ctx, "/v1/listen?track=clean", 2*time.Second)
	}},
	{"nonsense", false, func(_ context.Context, s *soak, _ *control.Client) error {
		bodies := []string{"", "{", `{"strength":[]}`, `{"strength":"` + strings.Repeat("x", 50000) + `"}`,
			strings.Repeat("[", 70000), "\x00\xff"}
		resp, err := s.daemon.raw().Post("http://stillmic/v1/strength", "application/json",
			strings.NewReader(bodies[s.rand.IntN(len(bodies))]))
		if err != nil {
			return err
		}
		_ = resp.Body.Close() // nothing in it counts
		if resp.StatusCode < 400 || resp.StatusCode >= 500 {
			return fmt.Errorf("nonsense was answered with %s", resp.Status)
		}
		return nil
	}},
}

// read reads a stream of the API for a time.
func (s *soak) read(ctx context.Context, path string, d time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://stillmic"+path, nil)
	if err != nil {
		return err
	}
	client := s.daemon.raw()
	client.Timeout = 0
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	n, err := io.Copy(io.Discard, resp.Body)
	if ctx.Err() != nil && n > 0 {
		return nil // as long as it was to last
	}
	return fmt.Errorf("%s ended after %d bytes: %w", path, n, err)
}

// restore brings back the settings with which the signal passes unchanged.
func (s *soak) restore(ctx context.Context, c *control.Client) error {
	off, mode := false, control.TalkOff
	if _, err := c.SetPreset(ctx, ""); err != nil {
		return err
	}
	if _, err := c.SetVoice(ctx, s.voice); err != nil {
		return err
	}
	if _, err := c.SetTalk(ctx, control.TalkChange{Mode: &mode, Pressed: &off}); err != nil {
		return err
	}
	if _, err := c.SetMute(ctx, false); err != nil {
		return err
	}
	if _, err := c.SetBypass(ctx, false); err != nil {
		return err
	}
	if _, err := c.SetDevice(ctx, "", 0); err != nil {
		return err
	}
	_, err := c.SetStrength(ctx, "off")
	return err
}
