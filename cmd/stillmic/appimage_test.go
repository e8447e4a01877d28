package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
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
	answer := func(args ...string) (string, error) {
		var out bytes.Buffer
		err := answerImage(t.Context(), exe, args, &out)
		return strings.TrimSpace(out.String()), err
	}
	if at, err := imageBegin(exe); err != nil || at != int64(len(program)) {
		t.Errorf("the image begins at %d, %v; want %d", at, err, len(program))
	}
	if said, err := answer(imageExtract, "usr/t*"); err != nil || said != imageFolder {
		t.Errorf("%q, %v", said, err)
	}
	if _, err := os.Stat(filepath.Join(imageFolder, "usr/two")); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(imageFolder, "usr/one")); err == nil {
		t.Error("more than the pattern is unpacked")
	}
	if _, err := answer(imageExtract); err == nil || !strings.Contains(err.Error(), "is there already") {
		t.Errorf("unpacked over a folder: %v", err)
	}
	var usage usageError
	if _, err := answer("--appimage-mount"); !errors.As(err, &usage) {
		t.Errorf("--appimage-mount: %v", err)
	}
}
