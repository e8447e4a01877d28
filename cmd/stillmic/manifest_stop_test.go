//go:build unix

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/wav"
)

// TestManifestStopsInTime: asked to end, the program gives up a recording of an hour within 10 s, says
// that it is to be started again, and leaves nothing by halves. Killed, it leaves what the next run
// removes; and what is done is not done again.
func TestManifestStopsInTime(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	short, huge := at("a-short.wav"), at("b-huge.wav")
	f := pcm.Format{Rate: audioio.SampleRate, Channels: 1, Encoding: pcm.Int16}
	if err := errors.Join(wav.WriteFile(short, f, make([]float32, f.Rate)), wav.WriteFile(huge, f, make([]float32, 3600*f.Rate)),
		os.WriteFile(at("list.tsv"), fmt.Appendf(nil, "input\toutput\n%s\t%s\n%s\t%s\n", short, at("out/a.wav"), huge, at("out/b.wav")), 0o600)); err != nil {
		t.Fatal(err)
	}
	temp := "" // of the second recording
	begin := func() *exec.Cmd {
		cmd := exec.Command("stillmic", "clean", "--manifest", at("list.tsv"), "--report", at("report.jsonl"), "--jobs", "1")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = cmd.Process.Kill() }) // it has ended, if all is well
		for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
			list, _ := os.ReadDir(at("out")) // hidden files first
			if len(list) == 2 && strings.HasPrefix(list[0].Name(), ".b.wav") && list[0].Name() != temp {
				temp = list[0].Name()
				return cmd
			}
			if time.Now().After(end) {
				t.Fatal("it does not begin")
			}
		}
	}
	cmd := begin()
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	cmd = begin()  // what was left is gone
	began := time.Now()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	err := cmd.Wait()
	took := time.Since(began)
	t.Logf("it ended after %v: %v", took, err)
	if cmd.ProcessState.ExitCode() != exitAgain || took > 10*time.Second {
		t.Errorf("after %v: %v, want exit code %d within 10 s", took, err, exitAgain)
	}
	left, err := os.ReadDir(at("out"))
	if err != nil || len(left) != 1 || left[0].Name() != "a.wav" {
		t.Errorf("left are %v, %v", left, err)
	}
	report, err := os.ReadFile(at("report.jsonl"))
	if err != nil || strings.Count(string(report), "\n") != 1 || !strings.Contains(string(report), `"status":"done"`) {
		t.Errorf("the report is %s, %v", report, err)
	}
}
