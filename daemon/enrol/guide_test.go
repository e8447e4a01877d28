package enrol

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/synth"
)

// saying is 10 ms after 10 ms of a sound, again and again, until ctx ends.
func saying(ctx context.Context, x []float32, muted func(hop int) bool) <-chan Hop {
	hops := make(chan Hop)
	go func() {
		defer close(hops)
		for n := 0; ; n++ {
			h := Hop{Muted: muted(n)}
			copy(h.Sound[:], x[n*audioio.BlockSize%(len(x)-audioio.BlockSize):])
			time.Sleep(10 * time.Millisecond)
			select {
			case hops <- h:
			case <-ctx.Done():
				return
			}
		}
	}()
	return hops
}

// ending awaits the end of what is said.
func ending(hops <-chan Hop, end func()) {
	end()
	for range hops {
	}
}

func never(int) bool { return false }

// run enrols in time that does not pass, and returns the hints that were told, and the last that was.
func run(t *testing.T, x []float32, muted func(hop int) bool, path string, fresh bool) (hints []Hint, last Progress, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		hops := saying(ctx, x, muted)
		defer ending(hops, cancel)
		err = Run(ctx, hops, path, fresh, func(p Progress) error {
			if p.State == Listening && (len(hints) == 0 || hints[len(hints)-1] != p.Hint) {
				hints = append(hints, p.Hint)
			}
			last = p
			return nil
		})
	})
	return hints, last, err
}

func sentences(t *testing.T, voice string, gain float32) []float32 {
	t.Helper()
	x, err := synth.Speech(t.Context(), voice, 0.3, synth.Sentences...)
	if err != nil {
		t.Skip("SKIPPED: espeak-ng is not installed, no voice is enrolled:", err)
	}
	for i := range x {
		x[i] *= gain
	}
	return x
}

// TestRun: a voice is enrolled, the next microphone is added, another's voice is refused unless that
// is wanted, and mute waits.
func TestRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "voiceprint.json")
	x := sentences(t, "en-us", 1)
	hints, last, err := run(t, x, func(hop int) bool { return hop < 500 }, path, false)
	if err != nil || last.State != Done || last.Result == nil || last.Seconds != last.Wanted {
		t.Fatalf("%+v, %v", last, err)
	}
	if !slices.Contains(hints, SayMuted) || hints[len(hints)-1] != SayFine {
		t.Errorf("hints: %q", hints)
	}
	r := last.Result
	if r.Added || r.Several > SeveralFrom || r.Quality == Poor || !r.Print.Enrolled || r.Print.Times != 1 || r.Print.Seconds < 20 {
		t.Errorf("%+v", r)
	}
	if _, last, err = run(t, x, never, path, false); err != nil || !last.Result.Added || last.Result.Print.Times != 2 {
		t.Errorf("a second one: %+v, %v", last.Result, err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	other := sentences(t, "de+f3", 1)
	if _, last, err = run(t, other, never, path, false); !errors.Is(err, ErrOther) || last.State != Failed || last.Reason != ErrOther.Error() {
		t.Errorf("another voice: %+v, %v", last, err)
	}
	if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
		t.Errorf("another voice changed the print: %v", err)
	}
	if _, last, err = run(t, other, never, path, true); err != nil || last.Result.Added || last.Result.Print.Times != 1 {
		t.Errorf("another voice that is wanted: %+v, %v", last, err)
	}
}

// TestHints: too soft, too loud, noise and silence are told; silence makes no
// print.
func TestHints(t *testing.T) {
	path := filepath.Join(t.TempDir(), "voiceprint.json")
	loud := sentences(t, "en-us", 1)
	noisy := synth.Fan(len(loud), 0.03, 7)
	for i, v := range loud {
		noisy[i] += 0.5 * v
	}
	for _, c := range []struct {
		name string
		x    []float32
		want Hint
	}{
		{"soft", sentences(t, "en-us", 0.01), SaySoft},
		{"loud", sentences(t, "en-us", 2.2), SayLoud},
		{"a fan", noisy, SayNoise},
		{"silence", make([]float32, audioio.SampleRate), SayRead},
	} {
		hints, _, err := run(t, c.x, never, path, true)
		if !slices.Contains(hints, c.want) {
			t.Errorf("%s: hints %q, %v", c.name, hints, err)
		}
		if c.want == SayRead && err == nil {
			t.Error("silence is enrolled")
		}
	}
}

// TestSeveralAreTold: two voices that take turns are, while they speak and in the result.
func TestSeveralAreTold(t *testing.T) {
	var both []float32
	for _, s := range synth.Sentences {
		for _, voice := range []string{"en-us", "de+f3"} {
			x, err := synth.Speech(t.Context(), voice, 0.2, s)
			if err != nil {
				t.Skip("SKIPPED: espeak-ng is not installed, no voice is enrolled:", err)
			}
			both = append(both, x...)
		}
	}
	hints, last, err := run(t, both, never, filepath.Join(t.TempDir(), "p.json"), false)
	if err != nil || last.Result.Several < SeveralFrom || !slices.Contains(hints, SaySeveral) {
		t.Errorf("%v: hints %q, %+v", err, hints, last.Result)
	}
}

// TestNothingIsKept: who stops, whose line breaks, and whose microphone goes, has no print.
func TestNothingIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "voiceprint.json")
	x := sentences(t, "en-us", 1)
	broken := errors.New("the line is broken")
	synctest.Test(t, func(t *testing.T) {
		for name, want := range map[string]error{"stopped": context.Canceled, "broken": broken, "gone": ErrGone} {
			ctx, stop := context.WithCancel(t.Context())
			speaking, end := context.WithCancel(ctx)
			hops := saying(speaking, x, never)
			err := Run(ctx, hops, path, false, func(p Progress) error {
				if p.Seconds > 5 {
					switch name {
					case "stopped":
						stop()
					case "gone":
						end()
					default:
						return broken
					}
				}
				return nil
			})
			stop()
			ending(hops, end)
			if !errors.Is(err, want) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("there is a print: %v", err)
	}
}
