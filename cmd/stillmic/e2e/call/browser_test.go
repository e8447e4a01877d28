//go:build linux

package call

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strconv"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/cmd/stillmic/e2e/stage"
)

//go:embed testdata/microphone.js
var microphoneJS string

// heardInBrowser is what the page found out: see testdata/microphone.js.
type heardInBrowser struct {
	Inputs  []string `json:"inputs"` // labels of the microphones
	Error   string   `json:"error"`
	Rate    float64  `json:"rate"`
	Samples int      `json:"samples"`
	RMS     float64  `json:"rms"`
	Tones   map[string]float64
}

// A browser in a call lists Stillmic Microphone, opens it, and gets its audio
// at the level it has.
func TestBrowserHearsTheMicrophone(t *testing.T) {
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Fatal("chromium is not installed; install it with: apt-get install chromium")
	}
	stage.EachServer(t, func(t *testing.T, s *stage.Stage) {
		tone := soundserver.Sine(48000, 1000, 0.2)
		for i, v := range soundserver.Sine(48000, 1700, 0.1) {
			tone[i] += v
		}
		s.PlayMic(tone)
		s.RunDaemon("--strength", "off")
		stage.Calm(t)
		stage.UntilClean(t, func() string {
			h := listenInBrowser(t, s, "Stillmic Microphone")
			t.Logf("%+v", h)
			if h.Error != "" {
				return fmt.Sprintf("%s; the browser lists %q", h.Error, h.Inputs)
			}
			for name, want := range map[string]float64{"1000": 0.2, "1700": 0.1, "440": 0} {
				if got := h.Tones[name]; math.Abs(got-want) > 0.02 {
					return fmt.Sprintf("%s Hz at %.4f, want %.1f", name, got, want)
				}
			}
			if h.Samples < 48000 {
				return fmt.Sprintf("%d samples in 4 s", h.Samples)
			}
			return ""
		})
	})
}

// listenInBrowser has Chromium open the microphone with a label and measure it.
func listenInBrowser(t *testing.T, s *stage.Stage, label string) (h heardInBrowser) {
	t.Helper()
	// A page of its own: file: and about: may not use microphones.
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<!doctype html><title>call</title>")
	}))
	defer site.Close()
	ctx, cancel := stage.OpenBrowser(t, s)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Navigate(site.URL)); err != nil {
		t.Fatalf("browser: %v", err)
	}
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](microphoneJS+"\nhear("+strconv.Quote(label)+")", chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("browser: %v", err)
	}
	if err := json.Unmarshal([]byte(text), &h); err != nil {
		t.Fatalf("the page said %q: %v", text, err)
	}
	return h
}
