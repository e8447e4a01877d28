//go:build linux

package call

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pulse"
	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/audioio/soundserver/child"
	"github.com/stillmic/stillmic/cmd/stillmic/e2e/stage"
	"github.com/stillmic/stillmic/daemon/priority"
)

// askRate is how many requests a second keep the control API busy.
const askRate = 200

// Every core is busy with something else, the control API is asked again and
// again, and the garbage collector reports: the audio goes on. STILLMIC_LOAD=10m
// is the run that counts; a few seconds show that it works.
func TestUnderLoad(t *testing.T) {
	length := stage.Lasting(t, "STILLMIC_LOAD", 4*time.Second)
	stage.EachServer(t, func(t *testing.T, s *stage.Stage) {
		t.Setenv("GODEBUG", "gctrace=1") // the daemon inherits it
		s.PlayMic(soundserver.Noise(5*audioio.SampleRate, 0.1, 3))
		if length >= time.Minute { // it counts as it is
			if fault := underLoad(s, length); fault != "" {
				t.Error(fault)
			}
			return
		}
		stage.UntilClean(t, func() string { return underLoad(s, length) })
	})
}

// underLoad runs the daemon beside the load and says what is wrong with it.
func underLoad(s *stage.Stage, length time.Duration) string {
	s.T.Helper()
	priority.Raise()
	s.RunDaemon()
	ctx, cancel := context.WithCancel(s.T.Context())
	var busy sync.WaitGroup
	defer busy.Wait()
	defer cancel()
	stage.Calm(s.T) // the load has normal priority; what it inherits counts
	for range runtime.NumCPU() {
		hog := exec.CommandContext(ctx, "sh", "-c", "while :; do :; done")
		hog.WaitDelay = time.Second
		load, err := child.Start(hog)
		if err != nil {
			s.T.Fatal(err)
		}
		busy.Go(func() { _ = load.Wait() }) // it is killed
	}
	priority.Raise()
	before, err := s.Status()
	if err != nil {
		s.T.Fatal(err)
	}
	asked := 0
	busy.Go(func() { asked = keepAsking(ctx, s) })
	stalls := soundserver.WatchStalls(5 * time.Millisecond)
	s.RecordFor(length, pulse.MicName)
	seen := stalls.Stop()
	cancel()
	busy.Wait()
	after, err := s.Status()
	if err != nil {
		s.T.Fatal(err)
	}
	if err := s.SignalDaemon(syscall.SIGTERM); err != nil {
		s.T.Errorf("told to stop: %v", err)
	}
	q, frames := after.FrameUS, after.Frames-before.Frames
	xruns, late := after.Xruns-before.Xruns, after.MissedDeadlines-before.MissedDeadlines
	s.T.Logf("%v under load: %d frames, %.0f us median, %.0f us p99, %.0f us p99.9, %.0f us max; %d xruns, %d underruns, %d late frames; %d requests; %s; the machine: %v",
		length, frames, q.P50, q.P99, q.P999, q.Max, xruns, after.Underruns-before.Underruns, late, asked, pauses(s), seen)
	if asked == 0 || frames < uint64(length.Seconds()*50) {
		return fmt.Sprintf("%d requests and %d frames: that was no load", asked, frames)
	}
	share, slow := 99.9, q.P999
	if after.Frames < 10_000 {
		share, slow = 99, q.P99 // one frame in a thousand would be the slowest of all
	}
	if slow > 5000 && seen.Count == 0 {
		return fmt.Sprintf("p%g is %.0f us, 5000 at most", share, slow)
	}
	return ""
}

// keepAsking asks for the status and the metrics until ctx ends and returns how
// often it was answered.
func keepAsking(ctx context.Context, s *stage.Stage) (answered int) {
	client := s.Client()
	defer client.CloseIdleConnections()
	tick := time.NewTicker(time.Second / askRate)
	defer tick.Stop()
	for i := 0; ctx.Err() == nil; i++ {
		resp, err := client.Get("http://stillmic" + []string{"/v1/status", "/metrics"}[i%2])
		if err == nil {
			_, err = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
		if err == nil && resp.StatusCode == http.StatusOK {
			answered++
		}
		<-tick.C
	}
	return answered
}

// pauses reads from the daemon's log how often its garbage collector ran and
// what the longest of its two pauses was.
func pauses(s *stage.Stage) string {
	s.T.Helper()
	text, err := os.ReadFile(filepath.Join(s.RuntimeDir, "stillmic.log"))
	if err != nil {
		s.T.Fatal(err)
	}
	worst, count := 0.0, 0
	for _, m := range regexp.MustCompile(`gc \d+ @.*: ([0-9.]+)\+[0-9.]+\+([0-9.]+) ms clock`).FindAllStringSubmatch(string(text), -1) {
		count++
		for _, part := range m[1:] {
			ms, err := strconv.ParseFloat(part, 64)
			if err != nil {
				s.T.Fatal(err)
			}
			worst = max(worst, ms)
		}
	}
	return fmt.Sprintf("%d garbage collections, longest pause %.3f ms", count, worst)
}
