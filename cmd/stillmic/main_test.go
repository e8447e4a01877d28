package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/recording"
	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/audioio/wav"
	"github.com/stillmic/stillmic/daemon/strength"
	"github.com/stillmic/stillmic/daemon/synth"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"stillmic": main})
}

// TestScript runs testdata/script: the program's command line as people use it.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			// No server but one that a script starts.
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("XDG_RUNTIME_DIR", filepath.Join(e.WorkDir, "runtime"))
			e.Setenv("XDG_STATE_HOME", filepath.Join(e.WorkDir, "state"))
			e.Setenv("PULSE_SERVER", "unix:"+filepath.Join(e.WorkDir, "none"))
			// Where this program lies alone, for a PATH without any other.
			e.Setenv("BIN", filepath.SplitList(os.Getenv("PATH"))[0])
			return nil
		},
		Condition: func(name string) (bool, error) {
			if name != "mounts" {
				return false, fmt.Errorf("unknown condition %q", name)
			}
			return exec.Command("unshare", "-rm", "sh", "-c", "mount -t tmpfs none /mnt").Run() == nil, nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":    exits,
			"server":   server,
			"wav":      makeWAV,
			"voice":    makeVoice,
			"aligned":  aligned,
			"until":    until,
			"truncate": truncate,
		},
	})
}

// exits CODE PROGRAM ARGS... runs a program that must end with a code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits code program args...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	code := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if code != want {
		ts.Fatalf("exit code %d, want %d", code, want)
	}
	if code != 0 && code != 1 {
		lines := strings.Count(ts.ReadFile("stderr"), "\n")
		if lines != 1 {
			ts.Fatalf("%d lines on stderr, want one", lines)
		}
	}
}

// server KIND starts a private sound server, and has what follows use it.
func server(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: server pulseaudio|pipewire")
	}
	dir, err := os.MkdirTemp("", "stillmic")
	ts.Check(err)
	s, err := soundserver.Start(soundserver.Kind(args[0]), dir)
	ts.Check(err)
	ts.Defer(func() {
		if err := errors.Join(s.Close(), os.RemoveAll(dir)); err != nil {
			ts.Logf("%v", err)
		}
	})
	for _, kv := range s.Env() {
		if k, v, _ := strings.Cut(kv, "="); k != "PATH" {
			ts.Setenv(k, v)
		}
	}
}

// truncate FILE BYTES cuts a file.
func truncate(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: truncate file bytes")
	}
	n, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	ts.Check(os.Truncate(ts.MkAbs(args[0]), n))
}

// until TEXT PROGRAM ARGS... runs a program again and again until its output
// holds a text.
func until(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: until text program args...")
	}
	deadline := time.Now().Add(20 * time.Second)
	for {
		err := ts.Exec(args[1], args[2:]...)
		if err == nil && strings.Contains(ts.ReadFile("stdout"), args[0]) {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("no %q in 20 s: %v", args[0], err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

var encodings = map[string]pcm.Encoding{
	"8": pcm.Uint8, "16": pcm.Int16, "24": pcm.Int24, "32": pcm.Int32, "f32": pcm.Float32, "f64": pcm.Float64,
}

// wav FILE RATE CHANNELS ENCODING FRAMES writes a file of tones, another one in
// each channel.
func makeWAV(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 5 {
		ts.Fatalf("usage: wav file rate channels encoding frames")
	}
	number := func(s string) int {
		n, err := strconv.Atoi(s)
		ts.Check(err)
		return n
	}
	rate, channels, frames := number(args[1]), number(args[2]), number(args[4])
	f := pcm.Format{Rate: rate, Channels: channels, Encoding: encodings[args[3]]}
	ts.Check(wav.WriteFile(ts.MkAbs(args[0]), f, tones(rate, channels, frames)))
}

// voice FILE CHANNELS ENCODING writes what a synthesiser says, at 48 kHz, the same in all channels.
func makeVoice(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: voice file channels encoding")
	}
	channels, err := strconv.Atoi(args[1])
	ts.Check(err)
	x, err := synth.Speech(context.Background(), "en-us", 0.5, synth.Sentences[0])
	ts.Check(err)
	var all []float32
	for _, v := range x {
		for range channels {
			all = append(all, v)
		}
	}
	ts.Check(wav.WriteFile(ts.MkAbs(args[0]), pcm.Format{Rate: 48000, Channels: channels, Encoding: encodings[args[2]]}, all))
}

func tones(rate, channels, frames int) []float32 {
	x := make([]float32, frames*channels)
	for i := range frames {
		for c := range channels {
			x[i*channels+c] = float32(0.4 * math.Sin(2*math.Pi*float64(300+200*c)*float64(i)/float64(rate)))
		}
	}
	return x
}

// aligned A B DB compares two recordings: the same format and length, and the
// difference at least DB below the first.
func aligned(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: aligned a b dB")
	}
	a, fa := readAll(ts, args[0])
	b, fb := readAll(ts, args[1])
	if fa != fb || len(a) != len(b) {
		ts.Fatalf("%+v with %d samples became %+v with %d", fa, len(a), fb, len(b))
	}
	least, err := strconv.ParseFloat(args[2], 64)
	ts.Check(err)
	diff := make([]float32, len(a))
	for i := range a {
		diff[i] = a[i] - b[i]
	}
	if below := soundserver.DB(soundserver.RMS(a) / (soundserver.RMS(diff) + 1e-12)); below < least {
		ts.Fatalf("the difference is %.1f dB below the signal, want %.1f", below, least)
	}
}

func readAll(ts *testscript.TestScript, name string) ([]float32, pcm.Format) {
	r, err := recording.Open(ts.MkAbs(name))
	ts.Check(err)
	x := make([]float32, int(r.Frames()+1)*r.Channels())
	n := 0
	for {
		k, err := r.Read(x[n*r.Channels():])
		n += k
		if pcm.IsEnd(err) {
			ts.Check(r.Close())
			return x[:n*r.Channels()], r.Format()
		}
		ts.Check(err)
	}
}

// The help of the program documents the exit codes and every strength.
func TestHelpIsComplete(t *testing.T) {
	began := false
	root := newRoot(&began)
	for code := exitFine; code <= exitNoDaemon; code++ {
		if !strings.Contains(root.Long, fmt.Sprintf("\n  %d  ", code)) {
			t.Errorf("exit code %d is not in the help", code)
		}
	}
	for _, cmd := range root.Commands() {
		if cmd.Short == "" || cmd.Long == "" && cmd.Name() != "version" {
			t.Errorf("%s has no help", cmd.Name())
		}
		if f := cmd.Flags().Lookup("strength"); f != nil && cmd.Name() != "demo" && !strings.Contains(f.Usage, strength.Allowed) {
			t.Errorf("%s --strength does not say what is allowed", cmd.Name())
		}
	}
}
