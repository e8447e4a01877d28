//go:build linux

package call

import (
	"errors"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/recording"
	"github.com/stillmic/stillmic/audioio/wav"
	"github.com/stillmic/stillmic/cmd/stillmic/e2e/stage"
)

// TestTwoHours cleans recordings of two hours within 60 MB resident; with the
// strength off every sample is where it was. It takes ten minutes and 4 GB of
// disk: set STILLMIC_LONG=1.
func TestTwoHours(t *testing.T) {
	if os.Getenv("STILLMIC_LONG") == "" {
		t.Skip("SKIPPED: STILLMIC_LONG is not set, no recording of two hours is cleaned")
	}
	for name, c := range map[string]struct {
		rate  int
		flags []string
		same  bool
	}{
		"48 kHz":              {rate: 48000},
		"48 kHz, all options": {rate: 48000, flags: []string{"--preset", "max", "--loudness", "-16", "--residual", "gone.wav", "--picture", "seen.png"}},
		"44.1 kHz":            {rate: 44100},
		"44.1 kHz, as it was": {rate: 44100, flags: []string{"--strength", "off"}, same: true},
		"48 kHz, as it was":   {rate: 48000, flags: []string{"--strength", "off"}, same: true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			twoHours(t, filepath.Join(dir, "in.wav"), c.rate)
			cleanLong(t, dir, c.flags)
			compareLong(t, dir, c.same)
		})
	}
}

const longSeconds = 2 * 3600

// twoHours writes a tone that rises for a minute, again and again.
func twoHours(t *testing.T, path string, rate int) {
	t.Helper()
	w, err := wav.Create(path, pcm.Format{Rate: rate, Channels: 1})
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float32, 60*rate)
	for i := range x {
		s := float64(i) / float64(rate)
		x[i] = float32(0.4 * math.Sin(2*math.Pi*(300+5*s)*s))
	}
	for range longSeconds / 60 {
		if err := w.Write(x); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// cleanLong makes out.wav of in.wav and looks at memory and time.
func cleanLong(t *testing.T, dir string, flags []string) {
	t.Helper()
	exe, err := stage.Program()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, append([]string{"clean", "in.wav", "out.wav"}, flags...)...)
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	began := time.Now()
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	took := time.Since(began).Seconds()
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	user := cmd.ProcessState.UserTime().Seconds() + cmd.ProcessState.SystemTime().Seconds()
	t.Logf("%.1f MB resident at most; %.1f s, %.0f times real time; %.1f s of processor time, %.0f times real time",
		float64(usage.Maxrss)/1024, took, longSeconds/took, user, longSeconds/user)
	if usage.Maxrss > 60*1024 {
		t.Errorf("%d kB resident, more than 60 MB", usage.Maxrss)
	}
}

// compareLong goes through both files; what is the same lies everywhere 55 dB
// above the difference, as in TestRoundTrip.
func compareLong(t *testing.T, dir string, same bool) {
	t.Helper()
	var r [2]recording.Reader
	var p [2][]float32
	for i, name := range []string{"in.wav", "out.wav"} {
		var err error
		if r[i], err = recording.Open(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
		defer r[i].Close()
		p[i] = make([]float32, r[i].Rate())
	}
	if r[0].Frames() != r[1].Frames() || r[0].Format() != r[1].Format() {
		t.Errorf("%d frames became %d", r[0].Frames(), r[1].Frames())
	}
	worst := math.Inf(1)
	for second := 1; same; second++ {
		n, err := r[0].Read(p[0])
		m, other := r[1].Read(p[1])
		if n != m {
			t.Fatalf("second %d: %d samples and %d; %v, %v", second, n, m, err, other)
		}
		if errors.Is(err, io.EOF) {
			t.Logf("the difference is %.1f dB below the sound at least", worst)
			return
		}
		sum, diff := 0.0, 1e-20
		for i := range n {
			sum += float64(p[0][i]) * float64(p[0][i])
			diff += float64(p[0][i]-p[1][i]) * float64(p[0][i]-p[1][i])
		}
		worst = min(worst, 10*math.Log10(sum/diff))
		// The first and the last second are cut off.
		if second > 1 && second < longSeconds && 10*math.Log10(sum/diff) < 55 {
			t.Fatalf("second %d: the difference is %.1f dB below the sound", second, 10*math.Log10(sum/diff))
		}
	}
}
