//go:build linux

package windows

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/audioio/wav"
	"github.com/stillmic/stillmic/cmd/stillmic/e2e/stage"
	"github.com/stillmic/stillmic/daemon/synth"
)

// TestWindows takes the program for Windows through a day: devices, a recording, and a call through a
// virtual cable, from which the noise is gone.
func TestWindows(t *testing.T) {
	noisy := noisySpeech(t)
	w := newWine(t)
	if said := w.stillmic("version"); !strings.Contains(said, "windows/amd64") {
		t.Errorf("version: %s", said)
	}
	said := w.stillmic("devices")
	for _, want := range []string{"Fake_fakemic", "Windows WASAPI", "48000 Hz"} {
		if !strings.Contains(said, want) {
			t.Errorf("devices lacks %q:\n%s", want, said)
		}
	}
	if said := w.stillmic("bench", "--seconds", "1"); !strings.Contains(said, "0.00 per hop") {
		t.Errorf("a hop allocates:\n%s", said)
	}
	cleanFile(w, noisy)
	if code, _, _ := w.run(w.exe, "status"); code != 3 {
		t.Errorf("status without a daemon: code %d, want 3", code)
	}
	call(w, noisy)
	stopAndStart(w)
	if said := w.stillmic("service", "install"); !strings.Contains(said, `scheduled task \Stillmic`) {
		t.Errorf("service install: %s", said)
	}
}

// noisySpeech is somebody who speaks and pauses beside a fan, 15 dB louder than that.
func noisySpeech(t *testing.T) []float32 {
	t.Helper()
	voice, err := synth.Speech(t.Context(), "en-us", 0.7, "The meeting begins at nine.", "Bring the figures with you.", "Thank you.")
	if err != nil {
		t.Fatal(err)
	}
	return synth.Mix(voice, synth.Fan(len(voice), 0.05, 1), 15)
}

// cleanFile cleans a recording, in a folder with a name that no code page of Windows has: sample by sample
// as the program for Linux does.
func cleanFile(w *wine, noisy []float32) {
	w.t.Helper()
	dir := filepath.Join(w.t.TempDir(), "Gespräch 会議")
	if err := os.Mkdir(dir, 0o755); err != nil {
		w.t.Fatal(err)
	}
	in, there, here := filepath.Join(dir, "in.wav"), filepath.Join(dir, "there.wav"), filepath.Join(dir, "here.wav")
	if err := wav.WriteFile(in, pcm.Format{Rate: audioio.SampleRate, Channels: 1, Encoding: pcm.Int16}, noisy); err != nil {
		w.t.Fatal(err)
	}
	w.stillmic("clean", in, there)
	program, err := stage.Program()
	if err != nil {
		w.t.Fatal(err)
	}
	if out, err := exec.Command(program, "clean", in, here).CombinedOutput(); err != nil {
		w.t.Fatalf("%v: %s", err, out)
	}
	a, err := os.ReadFile(there)
	if err != nil {
		w.t.Fatal(err)
	}
	b, err := os.ReadFile(here)
	if err != nil {
		w.t.Fatal(err)
	}
	if !bytes.Equal(a, b) {
		w.t.Errorf("cleaned for Windows the file has %d bytes that are not those of Linux, which are %d", len(a), len(b))
	}
}

// call has the daemon play the cleaned microphone into the cable.
func call(w *wine, noisy []float32) {
	w.t.Helper()
	st := w.start("--device", "Fake_fakemic", "--strength", "off")
	if st.Source != "Fake_fakemic" || st.Sink != cableOutput || st.Scheduling != "high priority class" {
		w.t.Errorf("microphone %q, cable %q, scheduling %q", st.Source, st.Sink, st.Scheduling)
	}
	ctx, cancel := context.WithCancel(w.t.Context())
	played := make(chan error, 1)
	go func() { played <- w.PlayLoop(ctx, soundserver.FakeMicSink, noisy) }()
	defer func() {
		cancel()
		<-played
	}()
	fault := ""
	for range 3 { // on a machine that stands still the noise comes in pieces
		w.stillmic("strength", "off")
		loud, pause := w.levels()
		w.stillmic("strength", "max")
		cleanLoud, cleanPause := w.levels()
		w.t.Logf("voice %.1f and %.1f dB, between the words %.1f and %.1f dB", loud, cleanLoud, pause, cleanPause)
		switch {
		case pause < loud-30:
			fault = fmt.Sprintf("no noise is heard at strength off: %.1f dB, the voice %.1f dB", pause, loud)
		case cleanPause > pause-20:
			fault = fmt.Sprintf("noise is lowered from %.1f to %.1f dB only", pause, cleanPause)
		case cleanLoud < loud-6:
			fault = fmt.Sprintf("the voice is lowered from %.1f to %.1f dB", loud, cleanLoud)
		default:
			fault = ""
		}
		if fault == "" {
			break
		}
	}
	if fault != "" {
		w.t.Error(fault)
	}
	if said := w.stillmic("doctor"); !strings.Contains(said, cableOutput) || strings.Contains(said, "chmod") {
		w.t.Errorf("doctor:\n%s", said)
	}
	if code, _, stderr := w.run(w.exe, "run"); code != 1 || !strings.Contains(stderr, "already running (pid") {
		w.t.Errorf("a second daemon: code %d, %s", code, stderr)
	}
}

// levels records what programs hear, and returns its level while somebody speaks and in the pauses, in dB. Digital
// silence is what a machine that stands still leaves out, and no pause.
func (w *wine) levels() (loud, pause float64) {
	w.t.Helper()
	time.Sleep(2 * time.Second) // until a change is heard
	x, err := w.Record(w.t.Context(), cable+".monitor", 8*time.Second)
	if err != nil {
		w.t.Fatal(err)
	}
	const frame = audioio.SampleRate / 50
	var levels []float64
	for ; len(x) >= frame; x = x[frame:] {
		if rms := soundserver.RMS(x[:frame]); rms > 0 {
			levels = append(levels, soundserver.DB(rms))
		}
	}
	if len(levels) < 100 {
		w.t.Fatalf("%.1f s of sound in 8 s", float64(len(levels))/50)
	}
	slices.Sort(levels)
	return levels[len(levels)*9/10], levels[len(levels)/5]
}

// stopAndStart ends the daemon as the task scheduler does, at once. The next one, started without a console
// as that does, takes over.
func stopAndStart(w *wine) {
	w.t.Helper()
	st, ok := w.status()
	if !ok {
		w.t.Fatal("the daemon has gone")
	}
	w.must("taskkill", "/F", "/PID", fmt.Sprint(st.PID))
	for end := time.Now().Add(giveUp); ; time.Sleep(300 * time.Millisecond) {
		if _, ok := w.status(); !ok {
			break
		}
		if time.Now().After(end) {
			w.t.Fatal("the daemon cannot be ended")
		}
	}
	other := "Z:" + strings.ReplaceAll(strings.TrimSuffix(w.exe, ".exe")+"w.exe", "/", `\`) // start takes / for an option
	if err := w.command(w.t.Context(), "start", other, "run", "--device", "Fake_fakemic").Run(); err != nil {
		w.t.Fatal(err)
	}
	if st = w.awaitRunning(nil); st.Strength != "max" {
		w.t.Errorf("the strength that was chosen is %q after a restart, want max", st.Strength)
	}
	logs, err := filepath.Glob(filepath.Join(w.prefix, "drive_c/users/*/AppData/Local/stillmic/state/stillmic.log"))
	if err != nil || len(logs) != 1 {
		w.t.Fatalf("logs of a program without a console: %q, %v", logs, err)
	}
	if text, err := os.ReadFile(logs[0]); err != nil || !strings.Contains(string(text), `"msg":"running"`) {
		w.t.Errorf("%s: %s, %v", logs[0], text, err)
	}
}
