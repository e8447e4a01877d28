//go:build linux

package stage

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/stillmic/stillmic/audioio/soundserver"
)

//go:embed testdata/microphone.js
var microphoneJS string

// Heard is what the page found out: see testdata/microphone.js.
type Heard struct {
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
	EachServer(t, func(t *testing.T, s *Stage) {
		tone := soundserver.Sine(48000, 1000, 0.2)
		for i, v := range soundserver.Sine(48000, 1700, 0.1) {
			tone[i] += v
		}
		s.PlayMic(tone)
		s.RunDaemon("--strength", "off")
		Calm(t)
		h := Listen(t, s, "Stillmic Microphone")
		t.Logf("%+v", h)
		if h.Error != "" {
			t.Fatalf("%s; the browser lists %q", h.Error, h.Inputs)
		}
		for name, want := range map[string]float64{"1000": 0.2, "1700": 0.1, "440": 0} {
			if got := h.Tones[name]; math.Abs(got-want) > 0.02 {
				t.Errorf("%s Hz at %.4f, want %.1f", name, got, want)
			}
		}
		if h.Samples < 48000 {
			t.Errorf("%d samples in 4 s", h.Samples)
		}
	})
}

// Listen has Chromium open the microphone with a label and measure it.
func Listen(t *testing.T, s *Stage, label string) (h Heard) {
	t.Helper()
	// A page of its own: file: and about: may not use microphones.
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<!doctype html><title>call</title>")
	}))
	defer site.Close()
	ctx, cancel := OpenBrowser(t, s)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Navigate(site.URL)); err != nil {
		t.Fatalf("browser: %v", err)
	}
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](microphoneJS+"\nhear("+Quote(label)+")", chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("browser: %v", err)
	}
	if err := json.Unmarshal([]byte(text), &h); err != nil {
		t.Fatalf("the page said %q: %v", text, err)
	}
	return h
}

// Quote writes a string as JavaScript has it.
func Quote(s string) string {
	b, _ := json.Marshal(s) // a string always can be
	return string(b)
}

// OpenBrowser starts a headless Chromium on the stage's sound server.
func OpenBrowser(t *testing.T, s *Stage) (context.Context, context.CancelFunc) {
	t.Helper()
	// In a folder of its own, which Chromium fills while it ends.
	profile, err := os.MkdirTemp("", "stillmic")
	if err != nil {
		t.Fatal(err)
	}
	options := append([]chromedp.ExecAllocatorOption{
		chromedp.ExecPath("chromium"),
		chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck, chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.UserDataDir(profile),
		chromedp.NoInheritEnv, chromedp.Env(append(s.Env(), "TMPDIR="+profile)...),
		chromedp.Flag("headless", true), // chromedp.Headless would mute it
	},
		chromedp.Flag("use-fake-ui-for-media-stream", true), // grants the microphone without a question
		chromedp.Flag("autoplay-policy", "no-user-gesture-required"),
		chromedp.Flag("disable-dev-shm-usage", true),
		// It is to talk to nobody but the page.
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-extensions", true),
		chromedp.Flag("disable-default-apps", true),
		chromedp.Flag("metrics-recording-only", true),
		chromedp.Flag("safebrowsing-disable-auto-update", true),
		chromedp.Flag("proxy-server", "127.0.0.1:9"),
		chromedp.Flag("proxy-bypass-list", "127.0.0.1"),
	)
	// Cancelled with the test it would be killed before its folders are gone.
	alloc, cancelAlloc := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), options...)
	ctx, cancelTab := chromedp.NewContext(alloc)
	ctx, cancelTime := context.WithTimeout(ctx, 10*time.Minute)
	return ctx, func() {
		if err := chromedp.Cancel(ctx); err != nil { // waits for the process to end
			t.Logf("close the browser: %v", err)
		}
		cancelTime()
		cancelTab()
		cancelAlloc()
		_ = os.RemoveAll(profile)
	}
}
