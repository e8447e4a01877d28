//go:build linux

package speaker

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/audioio/wav"
	"github.com/stillmic/stillmic/cmd/stillmic/e2e/stage"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/demo"
	"github.com/stillmic/stillmic/daemon/priority"
	"github.com/stillmic/stillmic/daemon/synth"
)

//go:embed testdata/speaker.js
var speakerJS string

// page is a browser's page that plays recordings.
type page struct {
	ctx  context.Context
	site *httptest.Server
}

// openPage opens one that has recordings by their names.
func openPage(t *testing.T, s *stage.Stage, recordings map[string][]byte) page {
	t.Helper()
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if file := recordings[r.URL.Path]; file != nil {
			http.ServeContent(w, r, filepath.Base(r.URL.Path), time.Time{}, bytes.NewReader(file))
			return
		}
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<!doctype html><title>call</title><body>")
	}))
	t.Cleanup(site.Close)
	ctx, cancel := stage.OpenBrowser(t, s)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx, chromedp.Navigate(site.URL)); err != nil {
		t.Fatalf("browser: %v", err)
	}
	return page{ctx, site}
}

// play has a recording played on an output, again and again.
func (p page) play(t *testing.T, output, name string) {
	t.Helper()
	call := fmt.Sprintf("%s\nspeak(%s, %s)", speakerJS, strconv.Quote(output), strconv.Quote(name))
	text, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](call, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("browser: %v", err)
	}
	var said struct {
		Outputs []string `json:"outputs"`
		Error   string   `json:"error"`
	}
	if err := json.Unmarshal([]byte(text), &said); err != nil {
		t.Fatalf("the page said %q: %v", text, err)
	}
	if said.Error != "" {
		t.Fatalf("%s; the browser lists %q", said.Error, said.Outputs)
	}
}

// wavFile is a recording of 16 bits.
func wavFile(t *testing.T, samples []float32, channels int) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.wav")
	if err := wav.WriteFile(path, pcm.Format{Rate: audioio.SampleRate, Channels: channels, Encoding: pcm.Int16}, samples); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// A call in a browser that chose Stillmic Speaker for its loudspeaker: a noisy voice comes out
// cleaner, and music as the browser played it.
func TestBrowserPlaysThroughTheSpeaker(t *testing.T) {
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Fatal("chromium is not installed; install it with: apt-get install chromium")
	}
	noisy, _, err := demo.NoisyVoice(t.Context(), 5, synth.Sentences[:2]...)
	if err != nil {
		t.Fatal(err)
	}
	recordings := map[string][]byte{"/call.wav": wavFile(t, noisy, 1), "/music.wav": wavFile(t, song(seconds(40)), 2)}
	stage.EachServer(t, func(t *testing.T, s *stage.Stage) {
		s.RunDaemon()
		switchOn(s, "strong")
		stage.Calm(t)
		p := openPage(t, s, recordings)
		p.play(t, "Stillmic Speaker", "/call.wav")
		awaitRunning(s, "Speakers")
		stage.UntilClean(t, func() string { return othersCleaner(s) })
		p.play(t, "Stillmic Speaker", "/music.wav")
		s.Await(stage.GiveUp, "music", func(st control.Status) bool { return st.Speaker.Music })
		// A machine that stands still makes gaps, after which the clocks are matched for a while.
		wrong := musicUntouched(s)
		for begin := time.Now(); wrong != "" && time.Since(begin) < 2*time.Minute; {
			wrong = musicUntouched(s)
		}
		if wrong != "" {
			t.Error(wrong)
		}
	})
}

// through records what is played into the virtual output and what comes out.
func through(s *stage.Stage, d time.Duration) (in, out soundserver.Recording) {
	s.T.Helper()
	priority.Raise()
	defer stage.Calm(s.T)
	r := s.RecordFor(d, speakerName+".monitor", soundserver.Speakers+".monitor")
	return r[0], r[1]
}

// othersCleaner says what is wrong if the noise of a call is not 12 dB softer in pauses, or the voice not
// as loud.
func othersCleaner(s *stage.Stage) string {
	in, out := through(s, 8*time.Second)
	before, after := levels(in.Samples), levels(out.Samples)
	if len(before) < 100 || len(after) < 100 {
		return "less than a second was played"
	}
	at := func(l []float64, part float64) float64 { return l[int(part*float64(len(l)))] }
	lowered, changed := at(before, 0.15)-at(after, 0.15), at(after, 0.95)-at(before, 0.95)
	st, _ := s.Status()
	s.T.Logf("CALL noise of pauses %.1f dB lower, voice %+.1f dB; %q, %.1f ms by the status, underruns %d",
		lowered, changed, st.Speaker.Apps, st.Speaker.DelayMS, st.Speaker.Underruns)
	if lowered < 12 || math.Abs(changed) > 4 {
		return fmt.Sprintf("the noise is %.1f dB lower, want 12, and the voice changed by %+.1f dB, want 4 at most", lowered, changed)
	}
	return ""
}

// levels returns the level of each 10 ms in dB, the softest first; those without sound are left out.
func levels(x []float32) (dB []float64) {
	for i := 0; i+audioio.BlockSize <= len(x); i += audioio.BlockSize {
		if rms := soundserver.RMS(x[i:][:audioio.BlockSize]); rms > 0 {
			dB = append(dB, soundserver.DB(rms))
		}
	}
	slices.Sort(dB)
	return dB
}

// musicUntouched says what is wrong if no tenth of a second of music comes out as it was played.
func musicUntouched(s *stage.Stage) string {
	in, out := through(s, 3*time.Second)
	longest := 0
	for at := seconds(0.5); at+seconds(0.5) <= min(len(in.Samples), len(out.Samples)); at += seconds(0.5) {
		// What comes out is later by less than half a second; a machine that stands still changes by how much.
		x, y := in.Samples[at-seconds(0.5):at+seconds(0.5)], out.Samples[at:at+seconds(0.5)]
		padded := append(make([]float32, seconds(0.5)), y...)
		lag, _ := soundserver.Lag(x, padded, seconds(0.5))
		longest = max(longest, sameInARow(x, padded, int(math.Round(lag))))
	}
	s.T.Logf("MUSIC %d samples in a row are the same", longest)
	if longest < seconds(0.1) {
		return fmt.Sprintf("only %d samples in a row are those that the browser played", longest)
	}
	return ""
}

// sameInARow returns how many samples of y in a row are those of x, so many earlier.
func sameInARow(x, y []float32, lag int) (longest int) {
	n := 0
	for i := max(lag, 0); i < min(len(y), len(x)+lag); i++ {
		if d := y[i] - x[i-lag]; y[i] == 0 || d > 1.0/32768 || d < -1.0/32768 { // PulseAudio's loudspeakers have 16 bits
			n = 0
			continue
		}
		n++
		longest = max(longest, n)
	}
	return longest
}
