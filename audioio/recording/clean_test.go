package recording

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stillmic/stillmic/audioio/internal/formattest"
	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/wav"
	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model"
)

// folder returns a folder with a recording in it, and its path.
func folder(t *testing.T, rate, channels, frames int) (dir, in string) {
	t.Helper()
	dir = t.TempDir()
	in = filepath.Join(dir, "in.wav")
	x := formattest.Chirp(rate, channels, frames)
	if err := wav.WriteFile(in, pcm.Format{Rate: rate, Channels: channels, Encoding: pcm.Int24}, x); err != nil {
		t.Fatal(err)
	}
	return dir, in
}

// The result is as long as the recording and of its kind, in each format.
func TestClean(t *testing.T) {
	light, err := model.Light()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		rate, channels, frames int
		out                    string
		options                Options
	}{
		{48000, 1, 48001, "out.wav", Options{}},
		{44100, 2, 44100, "out.flac", Options{Weights: light, Link: true, Limit: 20}},
		{8000, 1, 1, "out.wav", Options{Weights: light}},
		{96000, 3, 20000, "out.wav", Options{Weights: light}},
	} {
		dir, in := folder(t, c.rate, c.channels, c.frames)
		done := int64(0)
		c.options.Progress = func(n, total int64) {
			if done = n; total != int64(c.frames) {
				t.Errorf("%d frames of %d, want %d", n, total, c.frames)
			}
		}
		res, err := Clean(t.Context(), in, filepath.Join(dir, c.out), c.options)
		if err != nil {
			t.Fatal(err)
		}
		if want := (Result{Frames: int64(c.frames), Rate: c.rate, Channels: c.channels}); res != want || done != want.Frames {
			t.Errorf("%+v, want %+v, and %d", res, want, done)
		}
		r, err := Open(filepath.Join(dir, c.out))
		if err != nil {
			t.Fatal(err)
		}
		if x, err := formattest.ReadAll(r); r.Rate() != c.rate || len(x) != c.frames*c.channels || r.Format().Encoding != pcm.Int24 {
			t.Errorf("%s: %d Hz, %d samples, %v, %v", c.out, r.Rate(), len(x), r.Format().Encoding, err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if names, _ := filepath.Glob(filepath.Join(dir, "*")); len(names) != 2 {
			t.Errorf("left are %q", names)
		}
	}
}

// What cannot be cleaned, or must not be written, leaves everything as it was.
func TestCleanFails(t *testing.T) {
	light, err := model.Light()
	if err != nil {
		t.Fatal(err)
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range map[string]struct {
		ctx     context.Context
		in, out string
		options Options
		want    error
	}{
		"there":     {t.Context(), "in.wav", "there.wav", Options{}, fs.ErrExist},
		"missing":   {t.Context(), "none.wav", "out.wav", Options{}, fs.ErrNotExist},
		"text":      {t.Context(), "notes.txt", "out.wav", Options{}, ErrNotRecording},
		"empty":     {t.Context(), "empty.wav", "out.wav", Options{}, ErrNoSamples},
		"cut":       {t.Context(), "cut.wav", "out.wav", Options{}, pcm.ErrTruncated},
		"stopped":   {stopped, "in.wav", "there.wav", Options{Overwrite: true}, context.Canceled},
		"no format": {t.Context(), "in.wav", "out.xyz", Options{}, pcm.ErrUnsupported},
		"no folder": {t.Context(), "in.wav", "none/out.wav", Options{}, fs.ErrNotExist},
	} {
		t.Run(name, func(t *testing.T) {
			dir, in := folder(t, 16000, 1, 16000)
			text, err := os.ReadFile(in)
			if err != nil {
				t.Fatal(err)
			}
			for name, content := range map[string][]byte{"there.wav": []byte("theirs"), "notes.txt": []byte("some notes"),
				"cut.wav": text[:20000]} {
				if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if err := wav.WriteFile(filepath.Join(dir, "empty.wav"), pcm.Format{Rate: 16000, Channels: 1}, nil); err != nil {
				t.Fatal(err)
			}
			c.options.Weights = light
			if _, err := Clean(c.ctx, filepath.Join(dir, c.in), filepath.Join(dir, c.out), c.options); !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
			if names, _ := filepath.Glob(filepath.Join(dir, "*")); len(names) != 5 {
				t.Errorf("left are %q", names)
			}
			if text, err := os.ReadFile(filepath.Join(dir, "there.wav")); err != nil || string(text) != "theirs" {
				t.Errorf("%q, %v", text, err)
			}
		})
	}
}

// A recording that lacks its end is cleaned as far as it goes where that is asked for.
func TestCleanTruncated(t *testing.T) {
	dir, in := folder(t, 16000, 1, 16000)
	if err := os.Truncate(in, 20000); err != nil {
		t.Fatal(err)
	}
	res, err := Clean(t.Context(), in, filepath.Join(dir, "out.wav"), Options{Truncated: true})
	if err != nil || !res.Truncated || res.Frames < 6000 || res.Frames > 7000 {
		t.Errorf("%+v, %v", res, err)
	}
}

// What Process holds back is the processor's delay, less than a hop, and what the filters
// of the conversion reach ahead, as its comment says.
func TestCleanerDelay(t *testing.T) {
	w, err := model.LowLatency()
	if err != nil {
		t.Fatal(err)
	}
	for _, rate := range []int{8000, 16000, 44100, 48000, 96000} {
		p, err := NewProcessor(w, 1, ProcessorOptions{Strength: 100})
		if err != nil {
			t.Fatal(err)
		}
		c, err := NewCleaner(rate, 1, p)
		if err != nil {
			t.Fatal(err)
		}
		most, held := 0, 0
		for range 50 {
			in := make([]float32, 37*rate/8000)
			held += len(in) - len(c.Process(in).Clean)
			most = max(most, held)
		}
		allowed := float64(p.Delay()+dsp.Hop) / dsp.SampleRate
		if rate != dsp.SampleRate {
			allowed += 2 * 97. / float64(min(rate, dsp.SampleRate)) // a sample for rounding
		}
		got := float64(most) / float64(rate)
		t.Logf("%d Hz: up to %.1f ms, %.1f allowed", rate, 1000*got, 1000*allowed)
		if got > allowed || allowed-got > 0.002 {
			t.Errorf("%d Hz: up to %.1f ms are held back, %.1f are documented", rate, 1000*got, 1000*allowed)
		}
	}
}

// An error of who takes the last frames of a recording that lacks its end is not taken for the
// end, which is allowed.
func TestSinkFailsAtTheEnd(t *testing.T) {
	light, err := model.Light()
	if err != nil {
		t.Fatal(err)
	}
	dir, in := folder(t, 16000, 1, 16000)
	text, err := os.ReadFile(in)
	if err != nil {
		t.Fatal(err)
	}
	cut, full := filepath.Join(dir, "cut.wav"), errors.New("disk full")
	if err := os.WriteFile(cut, text[:20000], 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(last int) (calls int, truncated bool, err error) {
		r, err := Open(cut)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		c, err := Options{Weights: light}.cleaner(r)
		if err != nil {
			t.Fatal(err)
		}
		truncated, err = c.Run(t.Context(), r, true, func(Frames) error {
			if calls++; calls == last {
				return full
			}
			return nil
		}, nil)
		return calls, truncated, err
	}
	calls, truncated, err := run(0)
	if err != nil || !truncated || calls < 2 {
		t.Fatalf("%d calls, truncated: %v, %v", calls, truncated, err)
	}
	if _, _, err := run(calls); !errors.Is(err, full) {
		t.Errorf("%v, want %v", err, full)
	}
}
