//go:build linux

package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pulse"
	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/priority"
)

// duringAudio plays a tone, runs the daemon with a page, does something while
// the virtual microphone is recorded for a time, and returns what is wrong with
// the tone: clicks and gaps that neither the microphone nor the machine had.
func (s *stage) duringAudio(d time.Duration, do func(ctx context.Context)) string {
	priority.Raise()
	stalls := soundserver.WatchStalls(5 * time.Millisecond)
	before, err := s.status()
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(s.t.Context())
	var busy sync.WaitGroup
	busy.Go(func() { do(ctx) })
	rec := s.record(d+settle*time.Second, soundserver.FakeMic, pulse.MicName)
	cancel()
	busy.Wait()
	seen := stalls.Stop()
	calm(s.t)
	after, err := s.status()
	if err != nil {
		s.t.Fatal(err)
	}
	mic, out := rec[0].Samples[settle*audioio.SampleRate:], rec[1].Samples[settle*audioio.SampleRate:]
	heard := soundserver.Clicks(out, toneHz, tonePeak, 0.02)
	own := soundserver.Clicks(mic, toneHz, tonePeak, 0.02)
	xruns := after.Xruns - before.Xruns
	s.t.Logf("%v of audio: %d clicks (the microphone %d), %d xruns, %d underruns, %d late hops; the machine: %v",
		d, len(heard), len(own), xruns, after.Underruns-before.Underruns, after.MissedDeadlines-before.MissedDeadlines, seen)
	if len(heard) > len(own)+seen.Count || xruns > uint64(seen.Count) {
		return fmt.Sprintf("%d clicks at %v, %d xruns", len(heard), heard, xruns)
	}
	return ""
}

// withPage starts the daemon with the page and returns its address and token.
func (s *stage) withPage(args ...string) (address, token string) {
	s.t.Helper()
	path := filepath.Join(s.t.TempDir(), "page.toml")
	if err := os.WriteFile(path, []byte("[control]\nlisten = \"127.0.0.1:0\"\n"), 0o600); err != nil {
		s.t.Fatal(err)
	}
	s.run(append([]string{"--config", path}, args...)...)
	st, err := s.status()
	if err != nil {
		s.t.Fatal(err)
	}
	text, err := os.ReadFile(control.TokenPath(filepath.Join(s.RuntimeDir, "stillmic")))
	if err != nil {
		s.t.Fatal(err)
	}
	return strings.TrimSuffix(strings.TrimPrefix(st.Page, "http://"), "/"), strings.TrimSpace(string(text))
}

// A hostile page does what it can: the audio goes on untouched, and so do the
// settings.
func TestHostilePageDuringACall(t *testing.T) {
	s := &stage{Server: soundserver.StartPulseAudio(t), t: t}
	s.play(soundserver.Sine(audioio.SampleRate, toneHz, tonePeak))
	address, token := s.withPage("--strength", "off")
	untilClean(t, func() string {
		outcome := ""
		fault := s.duringAudio(4*time.Second, func(ctx context.Context) { outcome = attack(ctx, address, token) })
		return cmp.Or(fault, outcome)
	})
	if st, err := s.status(); err != nil || st.StrengthDB != 0 || st.Mute || st.Bypass {
		t.Errorf("somebody got through: %+v, %v", st, err)
	}
}

// attacks are requests of which none may get through, and how each is refused.
func attacks(token string) []attackForm {
	return []attackForm{
		{"/v1/mute", "http://evil.example", "", `{"on":true}`, 403},
		{"/v1/mute", "", "", `{"on":true}`, 401},
		{"/v1/strength", "", token, strings.Repeat(`{"strength":`, 20000), 413},
		{"/v1/strength", "", token, strings.Repeat(`{"strength":`, 100), 400},
		{"/v1/clean", "", token, "RIFF\xff\xff\xff\xffWAVEfmt \x10\x00\x00\x00garbage", 422},
	}
}

type attackForm struct {
	path, origin, auth, body string
	code                     int
}

// send sends it and returns the code of the answer; an error says that the
// connection was cut off.
func (f attackForm) send(ctx context.Context, address string) (code int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+address+f.path, strings.NewReader(f.body))
	if err != nil {
		return 0, err
	}
	if f.origin != "" {
		req.Header.Set("Origin", f.origin)
	}
	if f.auth != "" {
		req.Header.Set("Authorization", "Bearer "+f.auth)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, err
}

// attack sends refused requests, bodies that are too long, broken or endless,
// and holds a thousand idle connections, until ctx ends. It says what is wrong
// with the answers.
func attack(ctx context.Context, address, token string) string {
	var idle []net.Conn
	defer func() {
		for _, c := range idle {
			_ = c.Close()
		}
	}()
	for range 1000 {
		c, err := net.Dial("tcp", address)
		if err != nil {
			return fmt.Sprintf("connect: %v", err)
		}
		idle = append(idle, c)
	}
	forms := attacks(token)
	refused := make([]int, len(forms))
	for n := 0; ctx.Err() == nil; n++ {
		f := forms[n%len(forms)]
		code, err := f.send(ctx, address)
		switch {
		case err != nil: // ended, or cut off while it was still sending
			continue
		case code == http.StatusConflict && f.path == "/v1/clean":
			// The file of an attack that was cut off is still looked at.
		case code != f.code:
			return fmt.Sprintf("%s %.30s: %d, want %d", f.path, f.body, code, f.code)
		default:
			refused[n%len(forms)]++
		}
		time.Sleep(5 * time.Millisecond)
	}
	if slices.Min(refused) == 0 {
		return fmt.Sprintf("not every attack was answered: %v", refused)
	}
	return ""
}

// A slider that is moved all the time, 100 changes a second, makes no click and
// no xrun, and the last of them holds. STILLMIC_SLIDER=60s takes a minute.
func TestStrengthHundredTimesASecond(t *testing.T) {
	d := lasting(t, "STILLMIC_SLIDER", 5*time.Second)
	s := &stage{Server: soundserver.StartPulseAudio(t), t: t}
	s.play(soundserver.Sine(audioio.SampleRate, toneHz, tonePeak))
	// A tone is noise to the network: every strength makes it as loud as another.
	s.run("--strength", "0")
	c := control.NewClient(filepath.Join(s.RuntimeDir, "stillmic"))
	var worst time.Duration
	changes := 0
	untilClean(t, func() string {
		return s.duringAudio(d, func(ctx context.Context) {
			tick := time.NewTicker(10 * time.Millisecond)
			defer tick.Stop()
			for n := 0; ctx.Err() == nil; n++ {
				<-tick.C
				begin := time.Now()
				if _, err := c.SetStrength(ctx, fmt.Sprint(n%41)); err != nil && ctx.Err() == nil {
					t.Error(err)
					return
				}
				worst = max(worst, time.Since(begin))
				changes++
			}
		})
	})
	t.Logf("%d changes, the slowest was answered after %v", changes, worst)
}
