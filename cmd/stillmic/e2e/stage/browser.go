//go:build linux

package stage

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

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
