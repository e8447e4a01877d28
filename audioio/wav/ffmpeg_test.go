package wav

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"testing"

	"github.com/stillmic/stillmic/audioio/internal/formattest"
	"github.com/stillmic/stillmic/audioio/pcm"
)

// TestWAVFromFFmpeg reads what ffmpeg writes, file and pipe, RIFF and RF64.
func TestWAVFromFFmpeg(t *testing.T) {
	for codec, e := range map[string]pcm.Encoding{"pcm_u8": pcm.Uint8, "pcm_s16le": pcm.Int16, "pcm_s24le": pcm.Int24,
		"pcm_s32le": pcm.Int32, "pcm_f32le": pcm.Float32, "pcm_f64le": pcm.Float64} {
		for _, layout := range []string{"mono", "stereo", "5.1"} {
			for _, rf64 := range []string{"never", "always"} {
				t.Run(fmt.Sprintf("%s %s rf64 %s", codec, layout, rf64), func(t *testing.T) {
					path := filepath.Join(t.TempDir(), "a.wav")
					formattest.FFmpeg(t, "-f", "lavfi", "-i", "sine=440:r=44100:d=0.3,aformat=channel_layouts="+layout,
						"-c:a", codec, "-rf64", rf64, path)
					r, err := openWAV(t, path)
					if err != nil {
						t.Fatal(err)
					}
					defer r.Close()
					if r.Format().Encoding != e || r.Rate() != 44100 || r.Frames() != 13230 {
						t.Errorf("%+v, %d frames", r.Format(), r.Frames())
					}
					p, err := formattest.ReadAll(r)
					if err != io.EOF {
						t.Fatal(err)
					}
					formattest.Compare(t, p, formattest.FFmpeg(t, "-i", path, "-f", "f32le", "-"), 1e-7)
				})
			}
		}
	}
	t.Run("pipe", func(t *testing.T) {
		b := formattest.FFmpeg(t, "-f", "lavfi", "-i", "sine=440:r=48000:d=0.3", "-f", "wav", "-")
		r, err := NewReader(bytes.NewReader(b))
		if err != nil || r.Frames() != -1 {
			t.Fatal(r, err)
		}
		if p, err := formattest.ReadAll(r); err != io.EOF || len(p) != 14400 {
			t.Errorf("%d samples, %v", len(p), err)
		}
	})
}

// TestWAVToFFmpeg has ffmpeg read what we write.
func TestWAVToFFmpeg(t *testing.T) {
	for _, e := range formattest.Encodings {
		for _, channels := range []int{1, 2, 4} {
			for _, limit := range []int64{math.MaxUint32, 1000} {
				t.Run(fmt.Sprintf("%v, %d channels, limit %d", e, channels, limit), func(t *testing.T) {
					path := filepath.Join(t.TempDir(), "a.wav")
					w, err := Create(path, pcm.Format{Rate: 48000, Channels: channels, Encoding: e})
					if err != nil {
						t.Fatal(err)
					}
					w.limit = limit
					p := formattest.Ramp(channels * 4801)
					if err := errors.Join(w.Write(p), w.Close()); err != nil {
						t.Fatal(err)
					}
					formattest.Compare(t, p, formattest.FFmpeg(t, "-i", path, "-f", "f32le", "-"), math.Pow(0.5, float64(min(8*e.Bytes(), 20))))
				})
			}
		}
	}
}
