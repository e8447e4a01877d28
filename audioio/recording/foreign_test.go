package recording

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stillmic/stillmic/audioio/internal/formattest"
	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/wav"
)

// TestForeignAgainstFFmpeg decodes what ffmpeg encodes: as many samples as it
// decodes itself, the same ones.
func TestForeignAgainstFFmpeg(t *testing.T) {
	for _, c := range []struct {
		codec, name   string
		rate, seconds int // seconds in tenths
		channels      int
		tolerance     float64
	}{
		// MP3 comes out in 16 bits, cut off rather than rounded.
		{"libmp3lame -b:a 128k", "a.mp3", 44100, 12, 2, 6e-5},
		{"libmp3lame -q:a 2", "a.mp3", 48000, 7, 1, 6e-5},
		{"libmp3lame -b:a 64k", "a.mp3", 22050, 9, 1, 6e-5},
		{"libmp3lame -b:a 96k", "a.mp3", 22050, 9, 1, 6e-5},
		{"libmp3lame -b:a 64k", "a.mp3", 16000, 9, 2, 6e-5},
		{"libvorbis -q:a 5", "a.ogg", 44100, 23, 2, 1e-4},
		{"libvorbis -q:a 3", "a.ogg", 16000, 8, 1, 1e-4},
		{"libvorbis -q:a 3", "a.ogg", 48000, 15, 3, 1e-4},
		{"libvorbis -q:a 3", "a.ogg", 48000, 15, 6, 1e-4},
		{"libopus -b:a 96k", "a.opus", 48000, 13, 2, 2e-3},
		{"libopus -b:a 16k -application voip", "a.opus", 48000, 11, 1, 2e-3},
		{"libopus -b:a 32k -application voip", "a.ogg", 48000, 11, 1, 2e-3},
		{"alac", "a.m4a", 44100, 11, 2, 1e-9},
		{"aac", "a.mp4", 48000, 11, 1, 1e-9},
		{"pcm_alaw", "a.wav", 8000, 11, 1, 1e-9},
		{"adpcm_ima_wav", "a.wav", 22050, 11, 2, 1e-9},
	} {
		t.Run(fmt.Sprintf("%s %s %d %d", c.codec, c.name, c.rate, c.channels), func(t *testing.T) {
			dir := t.TempDir()
			in, path := filepath.Join(dir, "in.wav"), filepath.Join(dir, c.name)
			if c.name == "a.wav" {
				in = filepath.Join(dir, "other.wav")
			}
			if err := wav.WriteFile(in, pcm.Format{Rate: c.rate, Channels: c.channels}, formattest.Chirp(c.rate, c.channels, c.seconds*c.rate/10)); err != nil {
				t.Fatal(err)
			}
			args := append([]string{"-i", in, "-metadata", "title=A title", "-c:a"}, strings.Fields(c.codec)...)
			formattest.FFmpeg(t, append(args, path)...)
			r, err := Open(path)
			if err != nil {
				t.Fatal(err)
			}
			x, err := formattest.ReadAll(r)
			if !errors.Is(err, io.EOF) {
				t.Fatal(err)
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
			if r.Rate() != c.rate || r.Channels() != c.channels {
				t.Errorf("%d Hz, %d channels", r.Rate(), r.Channels())
			}
			if tags := r.Metadata().Tags; c.name != "a.wav" && !slices.Contains(tags, [2]string{"TITLE", "A title"}) {
				t.Errorf("tags %q", tags)
			}
			var with []string
			if strings.HasPrefix(c.codec, "libopus") { // the reference; ffmpeg's own is less exact
				with = []string{"-c:a", "libopus"}
			}
			want := formattest.FFmpeg(t, append(with, "-i", path, "-f", "f32le", "-c:a", "pcm_f32le", "-")...)
			if strings.HasPrefix(c.codec, "libvorbis") {
				// The last page says how long it is; some ffmpeg forget the last block.
				if frames := c.seconds * c.rate / 10; len(x) != frames*c.channels {
					t.Fatalf("%d samples, %d frames of %d channels went in", len(x), frames, c.channels)
				}
				x = x[:min(len(x), len(want)/4)]
			}
			formattest.Compare(t, x, want, c.tolerance)
		})
	}
}

// TestVorbisOfSixChannels: without ffmpeg, and from a pipe, an intact one is not called damaged, and a damaged one is.
func TestVorbisOfSixChannels(t *testing.T) {
	dir := t.TempDir()
	in, path := filepath.Join(dir, "in.wav"), filepath.Join(dir, "a.ogg")
	if err := wav.WriteFile(in, pcm.Format{Rate: 48000, Channels: 6}, formattest.Chirp(48000, 6, 48000)); err != nil {
		t.Fatal(err)
	}
	formattest.FFmpeg(t, "-i", in, "-c:a", "libvorbis", path)
	intact, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", "")
	damaged := bytes.Clone(intact)
	damaged[bytes.Index(damaged, []byte("\x05vorbis"))+100] ^= 0x10
	for _, c := range []struct {
		b          []byte
		want       error
		file, pipe string
	}{
		{intact, pcm.ErrUnsupported, "Vorbis with 6 channels, and ffmpeg is not installed: install it", "Vorbis with 6 channels; only from a file"},
		{damaged, pcm.ErrDamaged, "the header cannot be decoded", "the header cannot be decoded"},
		{intact[:1000], pcm.ErrTruncated, "it ends within the header", "it ends within the header"},
	} {
		if err := os.WriteFile(path, c.b, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.file) {
			t.Errorf("from a file: %v, want %q", err, c.file)
		}
		if _, err := NewReader(bytes.NewBuffer(c.b)); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.pipe) {
			t.Errorf("from a pipe: %v, want %q", err, c.pipe)
		}
	}
}
