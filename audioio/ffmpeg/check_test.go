package ffmpeg

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/stillmic/stillmic/audioio/internal/formattest"
	"github.com/stillmic/stillmic/audioio/metadata"
	"github.com/stillmic/stillmic/audioio/pcm"
)

// fakeFFmpeg puts before ffmpeg a program that runs it and, where that has encoded, a
// shell command on its output "$out".
func fakeFFmpeg(t *testing.T, then string) {
	t.Helper()
	program, err := exec.LookPath("ffmpeg")
	if err != nil || runtime.GOOS == "windows" {
		t.Skip("SKIPPED: ffmpeg or a shell is missing, a failing ffmpeg is not tried")
	}
	dir := t.TempDir()
	script := fmt.Sprintf("#!/bin/sh\nfor out; do :; done\nout=${out#file:}\ncase \"$*\" in *pipe:0*) ;; *) exec %q \"$@\" ;; esac\n%q \"$@\"\n%s\n", program, program, then)
	if err := os.WriteFile(filepath.Join(dir, "ffmpeg"), []byte(script), 0o700); err != nil { //nolint:gosec // it must be run
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
}

// TestFFmpegWriterTrustsNoExitCode: ffmpeg ends with 0 although its last flush failed.
// What it says of the disk counts, and what its output holds.
func TestFFmpegWriterTrustsNoExitCode(t *testing.T) {
	const half = `head -c $(($(wc -c <"$out") / 2)) "$out" >"$out.cut"; mv "$out.cut" "$out"; exit 0`
	for _, c := range []struct {
		name, ext, then string
		want            error
	}{
		{"whole", ".mp3", "exit 0", nil},
		{"half of it", ".mp3", half, ErrIncomplete},
		{"half of it", ".opus", half, ErrIncomplete},
		{"half of it", ".m4a", half, ErrIncomplete}, // the index is at its end
		{"half of it", ".mka", half, ErrIncomplete},
		{"nothing of it", ".ogg", `: >"$out"; exit 0`, ErrIncomplete},
		{"a full disk, exit code 0", ".mp3", `echo "Error writing trailer of file:$out: No space left on device" >&2; exit 0`, syscall.ENOSPC},
		{"a full disk, exit code 1", ".mp3", `echo "file:$out: No space left on device" >&2; exit 1`, syscall.ENOSPC},
		{"a quota", ".webm", `echo "Error writing trailer of file:$out: Disk quota exceeded" >&2; exit 0`, syscall.EDQUOT},
	} {
		t.Run(c.name+c.ext, func(t *testing.T) {
			fakeFFmpeg(t, c.then)
			out, err := os.Create(filepath.Join(t.TempDir(), "out"+c.ext))
			if err != nil {
				t.Fatal(err)
			}
			defer out.Close()
			const rate = 48000
			w, err := NewWriter(out.Name(), c.ext, pcm.Format{Rate: rate, Channels: 1, Encoding: pcm.Int16}, metadata.Metadata{})
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Write(formattest.Ramp(3 * rate)); err != nil {
				t.Fatal(err)
			}
			err = w.Close()
			if !errors.Is(err, c.want) || c.want == nil && err != nil || err != nil && strings.Contains(err.Error(), "\n") {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
}
