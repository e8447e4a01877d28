//go:build linux

package page

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pulse"
	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/cmd/stillmic/e2e/stage"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/focus"
	"github.com/stillmic/stillmic/daemon/priority"
)

// duringAudio plays a tone, runs the daemon with a page, does something while
// the virtual microphone is recorded for a time, and returns what is wrong with
// the tone: clicks and gaps that neither the microphone nor the machine had.
func duringAudio(s *stage.Stage, d time.Duration, do func(ctx context.Context)) string {
	priority.Raise()
	stalls := soundserver.WatchStalls(5 * time.Millisecond)
	before, err := s.Status()
	if err != nil {
		s.T.Fatal(err)
	}
	ctx, cancel := context.WithCancel(s.T.Context())
	var busy sync.WaitGroup
	busy.Go(func() { do(ctx) })
	rec := s.RecordFor(d+stage.Settle*time.Second, soundserver.FakeMic, pulse.MicName)
	cancel()
	busy.Wait()
	seen := stalls.Stop()
	stage.Calm(s.T)
	after, err := s.Status()
	if err != nil {
		s.T.Fatal(err)
	}
	mic, out := rec[0].Samples[stage.Settle*audioio.SampleRate:], rec[1].Samples[stage.Settle*audioio.SampleRate:]
	heard := soundserver.Clicks(out, stage.ToneHz, stage.TonePeak, 0.02)
	own := soundserver.Clicks(mic, stage.ToneHz, stage.TonePeak, 0.02)
	xruns := after.Xruns - before.Xruns
	s.T.Logf("%v of audio: %d clicks (the microphone %d), %d xruns, %d underruns, %d late hops; the machine: %v",
		d, len(heard), len(own), xruns, after.Underruns-before.Underruns, after.MissedDeadlines-before.MissedDeadlines, seen)
	if len(heard) > len(own)+seen.Count || xruns > uint64(seen.Count) {
		return fmt.Sprintf("%d clicks at %v, %d xruns", len(heard), heard, xruns)
	}
	return ""
}

// A hostile page does what it can: the audio goes on untouched, and so do the
// settings.
func TestHostilePageDuringACall(t *testing.T) {
	s := &stage.Stage{Server: soundserver.StartPulseAudio(t), T: t}
	s.PlayMic(soundserver.Sine(audioio.SampleRate, stage.ToneHz, stage.TonePeak))
	address, token := s.RunWithPage("--strength", "off")
	stage.UntilClean(t, func() string {
		outcome := ""
		fault := duringAudio(s, 4*time.Second, func(ctx context.Context) { outcome = attack(ctx, address, token) })
		return cmp.Or(fault, outcome)
	})
	if st, err := s.Status(); err != nil || st.StrengthDB != 0 || st.Mute || st.Bypass || st.Focus.Mode != focus.Off {
		t.Errorf("somebody got through: %+v, %v", st, err)
	}
}

// attacks are requests of which none may get through, and how each is refused.
func attacks(token string) []attackForm {
	return []attackForm{
		{"/v1/mute", "http://evil.example", "", `{"on":true}`, 403},
		{"/v1/mute", "", "", `{"on":true}`, 401},
		{"/v1/focus", "http://evil.example", token, `{"mode":"near"}`, 403},
		{"/v1/focus", "", "", `{"mode":"near"}`, 401},
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
	d := stage.Lasting(t, "STILLMIC_SLIDER", 5*time.Second)
	s := &stage.Stage{Server: soundserver.StartPulseAudio(t), T: t}
	s.PlayMic(soundserver.Sine(audioio.SampleRate, stage.ToneHz, stage.TonePeak))
	// A tone is noise to the network: every strength makes it as loud as another.
	s.RunDaemon("--strength", "0")
	c := control.NewClient(filepath.Join(s.RuntimeDir, "stillmic"))
	var worst time.Duration
	changes := 0
	stage.UntilClean(t, func() string {
		return duringAudio(s, d, func(ctx context.Context) {
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
