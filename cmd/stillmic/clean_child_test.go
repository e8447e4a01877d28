package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/wav"
)

// The process that cleans a file for the daemon ends with it, however that ends: when
// nobody holds its standard input any more. It leaves nothing behind.
func TestCleanChildEndsWithItsParent(t *testing.T) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.wav"), filepath.Join(dir, "out.wav")
	const minutes = 10 // takes some seconds to clean
	w, err := wav.Create(in, pcm.Format{Rate: audioio.SampleRate, Channels: 1})
	if err != nil {
		t.Fatal(err)
	}
	for range minutes * 60 {
		if err := w.Write(make([]float32, audioio.SampleRate)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	child := exec.Command("stillmic", "clean", "--background", "--until-eof", in, out)
	life, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(50 * time.Millisecond)
	if err := life.Close(); err != nil {
		t.Fatal(err)
	}
	if err := child.Wait(); err == nil {
		t.Error("it went on to the end of the recording")
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("left beside the recording: %v, %v", left, err)
	}
}

// contents are the names in a folder.
func contents(t *testing.T, dir string) (names []string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		names = append(names, e.Name())
	}
	return names
}
