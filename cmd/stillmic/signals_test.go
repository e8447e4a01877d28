//go:build unix

package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/wav"
)

// TestEndsByTheSignal: what a signal stops ends by it, so that a loop of a shell ends,
// too. What is ended by one as it should be ends with 0.
func TestEndsByTheSignal(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(sig.String(), func(t *testing.T) {
			if signal.Ignored(sig) {
				t.Skip("SKIPPED: the tests were started so that it is ignored, as by nohup, and so is their program")
			}
			dir := t.TempDir()
			in, out := filepath.Join(dir, "in.wav"), filepath.Join(dir, "out.wav")
			const minutes = 10 // takes some seconds to clean
			f := pcm.Format{Rate: audioio.SampleRate, Channels: 1, Encoding: pcm.Int16}
			if err := wav.WriteFile(in, f, make([]float32, minutes*60*f.Rate)); err != nil {
				t.Fatal(err)
			}
			var said bytes.Buffer
			cmd := exec.Command("stillmic", "clean", in, out)
			cmd.Stderr = &said
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			for deadline := time.Now().Add(20 * time.Second); len(contents(t, dir)) < 2; time.Sleep(5 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatal("it does not begin")
				}
			}
			if err := cmd.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			var exit *exec.ExitError
			if err := cmd.Wait(); !errors.As(err, &exit) {
				t.Fatalf("it ended with %v", err)
			}
			if status := exit.Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != sig {
				t.Errorf("it ended with %v, not by the signal", exit)
			}
			if want := in + ": stopped, nothing was written\n"; !strings.HasSuffix(said.String(), want) || strings.Count(said.String(), "\n") != 1 {
				t.Errorf("it said %q, not %q", said.String(), want)
			}
			if left := contents(t, dir); len(left) != 1 {
				t.Errorf("left are %v", left)
			}
		})
	}
}

// TestEndsWhileItWaits: one signal ends what waits for another program to write, before it does
// and in the middle.
func TestEndsWhileItWaits(t *testing.T) {
	f := pcm.Format{Rate: audioio.SampleRate, Channels: 1, Encoding: pcm.Int16}
	whole := filepath.Join(t.TempDir(), "whole.wav")
	if err := wav.WriteFile(whole, f, make([]float32, 5*f.Rate)); err != nil {
		t.Fatal(err)
	}
	sound, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	for name, first := range map[string][]byte{"nothing": nil, "half": sound[:len(sound)/2]} {
		t.Run("pipe with "+name, func(t *testing.T) {
			waits(t, pipeOf(t, first), nil)
		})
		t.Run("far end with "+name, func(t *testing.T) {
			waits(t, whole, nil, "--far-end", pipeOf(t, first))
		})
		t.Run("input with "+name, func(t *testing.T) {
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			defer w.Close()
			go w.Write(first)
			waits(t, "-", r)
		})
	}
}

// pipeOf is a pipe into which something is written, and no more; nothing opens it for writing if that is nil.
func pipeOf(t *testing.T, first []byte) string {
	t.Helper()
	pipe := filepath.Join(t.TempDir(), "in.wav")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if first != nil {
		w, err := os.OpenFile(pipe, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { w.Close() })
		go w.Write(first) // waits where more is written than fits
	}
	return pipe
}

// waits cleans what never ends, sends a signal and looks how the program ends.
func waits(t *testing.T, in string, stdin *os.File, flags ...string) {
	t.Helper()
	dir := t.TempDir()
	var said bytes.Buffer
	cmd := exec.Command("stillmic", append([]string{"clean", in, filepath.Join(dir, "out.wav")}, flags...)...)
	cmd.Stderr = &said
	if stdin != nil {
		cmd.Stdin = stdin
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(2 * time.Second)
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	late := time.AfterFunc(20*time.Second, func() { cmd.Process.Kill() })
	defer late.Stop()
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) {
		t.Fatalf("it ended with %v", err)
	}
	if status := exit.Sys().(syscall.WaitStatus); status.Signal() != syscall.SIGTERM {
		t.Errorf("it ended with %v, not by the signal", exit)
	}
	if want := "stillmic: " + in + ": stopped, nothing was written\n"; said.String() != want {
		t.Errorf("it said %q, not %q", said.String(), want)
	}
	if left := contents(t, dir); len(left) != 0 {
		t.Errorf("left are %v", left)
	}
}

// TestKilledRunIsTidiedUp: what a run leaves that is killed, the next one removes, and not
// what one leaves that still works.
func TestKilledRunIsTidiedUp(t *testing.T) {
	dir := t.TempDir()
	in := filepath.Join(dir, "in.wav")
	f := pcm.Format{Rate: audioio.SampleRate, Channels: 1, Encoding: pcm.Int16}
	if err := wav.WriteFile(in, f, make([]float32, 10*60*f.Rate)); err != nil {
		t.Fatal(err)
	}
	begin := func(out string, files int) *exec.Cmd {
		cmd := exec.Command("stillmic", "clean", in, filepath.Join(dir, out))
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(20 * time.Second); len(contents(t, dir)) < files; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("it does not begin")
			}
		}
		return cmd
	}
	killed, works := begin("killed.wav", 2), begin("works.wav", 3)
	if err := killed.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = killed.Wait()
	if got := contents(t, dir); len(got) != 3 {
		t.Fatalf("left are %v, not what was killed", got)
	}
	short := filepath.Join(dir, "short.wav")
	if err := wav.WriteFile(short, f, make([]float32, 480)); err != nil {
		t.Fatal(err)
	}
	if err := exec.Command("stillmic", "clean", short).Run(); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(contents(t, dir), " "); strings.Contains(got, ".killed.wav") || !strings.Contains(got, "work") {
		t.Errorf("left are %s", got)
	}
	if err := works.Wait(); err != nil {
		t.Error(err)
	}
	if got := strings.Join(contents(t, dir), " "); got != "in.wav short-clean.wav short.wav works.wav" {
		t.Errorf("left are %s", got)
	}
}
