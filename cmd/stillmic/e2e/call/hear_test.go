//go:build linux

package call

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/audioio/wav"
	"github.com/stillmic/stillmic/cmd/stillmic/e2e/stage"
)

// What is before and after, as tones of these frequencies in Hz.
const beforeHz, afterHz = 500, 2000

// tones says how long each tone sounds in what the loudspeakers play, in seconds, and which
// changes there are: "before after" is one. A hop belongs to the tone that has most of it.
func tones(x []float32) (before, after float64, order string) {
	const hop = audioio.SampleRate / 50
	var names []string
	for at := 0; at+hop <= len(x); at += hop {
		power := func(hz float64) float64 {
			var re, im float64
			for i, v := range x[at:][:hop] {
				s, c := math.Sincos(2 * math.Pi * hz * float64(i) / audioio.SampleRate)
				re, im = re+c*float64(v), im+s*float64(v)
			}
			return 4 * (re*re + im*im) / hop / hop
		}
		name := ""
		switch a, b := power(beforeHz), power(afterHz); {
		case a > 0.01 && a > 4*b:
			name, before = "before", before+0.02
		case b > 0.01 && b > 4*a:
			name, after = "after", after+0.02
		}
		if name != "" && (len(names) == 0 || names[len(names)-1] != name) {
			names = append(names, name)
		}
	}
	return before, after, strings.Join(names, " ")
}

// program is the path of stillmic.
func program(t *testing.T) string {
	t.Helper()
	exe, err := stage.Program()
	if err != nil {
		t.Fatal(err)
	}
	return exe
}

// heard runs the program on a private server and returns what its loudspeakers play.
func heard(t *testing.T, d time.Duration, start func(cmd *exec.Cmd) (end func() error), args ...string) (before, after float64, order string) {
	t.Helper()
	s := soundserver.StartPulseAudio(t)
	cmd := exec.Command(program(t), args...)
	cmd.Env = s.Env()
	done := make(chan error, 1)
	go func() {
		time.Sleep(500 * time.Millisecond) // the recording has begun
		done <- start(cmd)()
	}()
	x, err := s.Record(t.Context(), soundserver.Speakers+".monitor", d)
	if err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Errorf("%v: %v", args, err)
	}
	before, after, order = tones(x)
	t.Logf("%v: before is heard for %.2f s, after for %.2f s: %s", args, before, after, order)
	return before, after, order
}

// run starts a program without a terminal and waits for it.
func run(cmd *exec.Cmd) func() error {
	return func() error {
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		return nil
	}
}

// TestBeforeAndAfterAreHeard: "ab" plays both files through the default output, the one
// after the other without a terminal, and as keys say with one.
func TestBeforeAndAfterAreHeard(t *testing.T) {
	dir := t.TempDir()
	one, two := filepath.Join(dir, "talk.wav"), filepath.Join(dir, "talk-clean.wav")
	for path, hz := range map[string]float64{one: beforeHz, two: afterHz} {
		x := soundserver.Sine(6*audioio.SampleRate, hz, 0.5)
		if err := wav.WriteFile(path, pcm.Format{Rate: audioio.SampleRate, Channels: 1, Encoding: pcm.Int16}, x); err != nil {
			t.Fatal(err)
		}
	}
	before, after, order := heard(t, 12*time.Second, run, "ab", one, "--seconds", "2")
	if math.Abs(before-2) > 0.3 || math.Abs(after-2) > 0.3 || order != "before after" {
		t.Errorf("without a terminal: %.2f s, %.2f s, %s", before, after, order)
	}
	keys := func(cmd *exec.Cmd) func() error {
		terminal, err := openTerminal(cmd)
		return func() error {
			if err != nil {
				return err
			}
			defer terminal.Close()
			if err := cmd.Start(); err != nil {
				return err
			}
			go func() { // or it would wait
				for b := make([]byte, 1024); err == nil; {
					_, err = terminal.Read(b)
				}
			}()
			for _, key := range []string{" ", " ", "q"} {
				time.Sleep(1500 * time.Millisecond)
				if _, err := terminal.WriteString(key); err != nil {
					return err
				}
			}
			return cmd.Wait()
		}
	}
	before, after, order = heard(t, 10*time.Second, keys, "ab", one, two)
	if before < 0.7 || after < 1.5 || order != "after before after" {
		t.Errorf("with keys: %.2f s, %.2f s, %s", before, after, order)
	}
}

// TestCleanListens: "clean --listen" plays the recording and its result.
func TestCleanListens(t *testing.T) {
	in := filepath.Join(t.TempDir(), "talk.wav")
	x := soundserver.Sine(2*audioio.SampleRate, beforeHz, 0.5)
	if err := wav.WriteFile(in, pcm.Format{Rate: audioio.SampleRate, Channels: 1, Encoding: pcm.Int16}, x); err != nil {
		t.Fatal(err)
	}
	before, _, _ := heard(t, 10*time.Second, run, "clean", in, "--strength", "off", "--listen")
	if math.Abs(before-4) > 0.3 {
		t.Errorf("2 s twice were heard for %.2f s", before)
	}
	for _, args := range [][]string{{in, "-"}, {"--in-place", in}, {in, in + ".two.wav", in + ".three"}} {
		out, err := exec.Command(program(t), append([]string{"clean", "--listen", "--overwrite"}, args...)...).CombinedOutput()
		if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != 2 || !strings.Contains(string(out), "--listen: name one recording") {
			t.Errorf("%v: %v, %s", args, err, out)
		}
	}
}

// openTerminal gives a program a terminal, whose other end it returns.
func openTerminal(cmd *exec.Cmd) (*os.File, error) {
	control, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	fd := int(control.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		return nil, err
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		return nil, err
	}
	tty, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	return control, nil
}
