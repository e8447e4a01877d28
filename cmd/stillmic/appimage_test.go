package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// An AppImage says where its image begins and unpacks it, as programs that know AppImages ask it to, and over nothing
// that is there.
func TestImageIsUnpacked(t *testing.T) {
	for _, tool := range []string{"mksquashfs", "unsquashfs"} {
		if _, err := exec.LookPath(tool); err != nil || runtime.GOOS != "linux" {
			t.Skipf("%s is not here", tool)
		}
	}
	dir := t.TempDir()
	content := filepath.Join(dir, "content")
	if err := os.MkdirAll(filepath.Join(content, "usr"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"AppRun", "usr/one", "usr/two"} {
		if err := os.WriteFile(filepath.Join(content, name), []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	packed := filepath.Join(dir, "packed")
	if out, err := exec.Command("mksquashfs", content, packed, "-quiet", "-no-progress").CombinedOutput(); err != nil {
		t.Fatalf("mksquashfs: %v: %s", err, out)
	}
	image, err := os.ReadFile(packed)
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	copy(program[imageMarkAt:], imageMark)
	exe := filepath.Join(dir, "a.AppImage")
	if err := os.WriteFile(exe, append(program, image...), 0o700); err != nil {
		t.Fatal(err)
	}
	if !isImage(exe) || isImage(self) {
		t.Error("an AppImage is not told from another program")
	}
	t.Chdir(dir)
	answer := func(args ...string) (said string, code int) { // of the AppImage as a program of its own
		cmd := exec.Command(exe, args...)
		cmd.Args[0] = "stillmic" // see TestMain
		out, err := cmd.CombinedOutput()
		if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(out)), cmd.ProcessState.ExitCode()
	}
	if at, err := imageBegin(exe); err != nil || at != int64(len(program)) {
		t.Errorf("the image begins at %d, %v; want %d", at, err, len(program))
	}
	if said, code := answer(imageOffset); code != exitFine || said != strconv.Itoa(len(program)) {
		t.Errorf("%s: %q, exit code %d; want %d", imageOffset, said, code, len(program))
	}
	if said, code := answer(imageExtract, "usr/t*"); code != exitFine || said != imageFolder {
		t.Errorf("%s: %q, exit code %d", imageExtract, said, code)
	}
	if _, err := os.Stat(filepath.Join(imageFolder, "usr/two")); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(imageFolder, "usr/one")); err == nil {
		t.Error("more than the pattern is unpacked")
	}
	if said, code := answer(imageExtract); code != exitFailed || !strings.Contains(said, "is there already") {
		t.Errorf("unpacked over a folder: %q, exit code %d", said, code)
	}
	if said, code := answer("--appimage-mount"); code != exitUsage || !strings.Contains(said, imageExtract) {
		t.Errorf("--appimage-mount: %q, exit code %d", said, code)
	}
}
