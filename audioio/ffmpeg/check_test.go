package ffmpeg

import (
	"errors"
	"fmt"
	"math"
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

// TestChannels: every number of channels is kept, each in its place, or refused; and what
// ffmpeg has mixed down is found.
func TestChannels(t *testing.T) {
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("SKIPPED: ffmpeg is not installed, its channels are not tried")
	}
	const rate = 48000
	for ext, most := range map[string]int{".mp3": 2, ".wma": 2, ".ac3": 6, ".m4a": 8, ".opus": 8, ".ogg": 8, ".wv": 8, ".aiff": 8} {
		for _, n := range []int{1, 2, 3, 4, 5, 6, 7, 8, 9} {
			if many := most > 2 && ext != ".ogg" && ext != ".aiff" && ext != ".ac3"; !many && n%3 != 0 { // each takes a second
				continue
			}
			out, err := os.Create(filepath.Join(t.TempDir(), "out"+ext))
			if err != nil {
				t.Fatal(err)
			}
			w, err := NewWriter(out.Name(), ext, pcm.Format{Rate: rate, Channels: n, Encoding: pcm.Int16}, metadata.Metadata{})
			if n > most && err == nil && ext != ".ogg" && ext != ".aiff" || n <= 2 && err != nil {
				t.Errorf("%s, %d channels: %v", ext, n, err)
			}
			if err == nil {
				err = errors.Join(w.Write(channelTones(n, rate/2)), w.Close())
				if err == nil {
					if got := heardIn(t, out.Name(), n); got != n {
						t.Errorf("%s: %d of %d channels are in their places", ext, got, n)
					}
				} else {
					t.Errorf("%s, %d channels: %v", ext, n, err)
				}
			} else if !errors.Is(err, pcm.ErrBadFormat) || !strings.Contains(err.Error(), fmt.Sprintf("not %d; write .wav instead", n)) {
				t.Errorf("%s, %d channels: %v", ext, n, err)
			}
			if err := out.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	fakeFFmpeg(t, `mv "$out" "$out.whole.mp3"; ffmpeg -v error -i "$out.whole.mp3" -ac 1 "$out"; exit 0`)
	path := filepath.Join(t.TempDir(), "out.mp3")
	w, err := NewWriter(path, ".mp3", pcm.Format{Rate: rate, Channels: 2, Encoding: pcm.Int16}, metadata.Metadata{})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Write(channelTones(2, rate)), w.Close()); !errors.Is(err, ErrIncomplete) || !strings.Contains(err.Error(), "1 channels, not 2") {
		t.Errorf("mixed down: %v", err)
	}
}

// channelTone is the frequency of channel c in Hz: below what a bass channel is cut at.
func channelTone(c int) float64 { return 30 + 10*float64(c) }

func channelTones(channels, frames int) []float32 {
	p := make([]float32, frames*channels)
	for i := range p {
		p[i] = float32(0.3 * math.Sin(2*math.Pi*channelTone(i%channels)*float64(i/channels)/48000))
	}
	return p
}

// heardIn counts the channels of a file that have their own tone above all others.
func heardIn(t *testing.T, path string, channels int) (n int) {
	t.Helper()
	raw, err := exec.Command("ffmpeg", "-v", "error", "-i", path, "-f", "f32le", "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	p := make([]float32, len(raw)/4)
	pcm.Decode(p, raw, pcm.Float32)
	for c := range channels {
		best, at := 0.0, -1
		for tone := range channels {
			var re, im float64
			for i := 4800; i < len(p)/channels-4800; i++ {
				s, co := math.Sincos(2 * math.Pi * channelTone(tone) * float64(i) / 48000)
				re, im = re+co*float64(p[i*channels+c]), im+s*float64(p[i*channels+c])
			}
			if power := re*re + im*im; power > best {
				best, at = power, tone
			}
		}
		if at == c {
			n++
		}
	}
	return n
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
