package clean

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"testing"

	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/recording"
	"github.com/stillmic/stillmic/audioio/wav"
	"github.com/stillmic/stillmic/dsp"
)

// broken is a Processor with a mistake: it panics at its third hop.
type broken struct {
	recording.Processor
	hops []int
}

func (b *broken) Process(dst, src [][]float32) {
	b.hops = append(b.hops, 0)
	_ = []int{0, 0}[len(b.hops)-1]
	b.Processor.Process(dst, src)
}

// outcomes collects what Run tells.
type outcomes struct {
	mu  sync.Mutex
	err map[string]error
}

func (e *outcomes) Begin(Job) func(done, total int64) { return nil }

func (e *outcomes) End(j Job, _ Result, err error) {
	e.mu.Lock()
	e.err[filepath.Base(j.In)] = err
	e.mu.Unlock()
}

// A panic over one recording, wherever it comes from, is the error of that one: the
// others are cleaned, and neither files nor processes are left.
func TestPanicEndsOneJob(t *testing.T) {
	dir := t.TempDir()
	const frames = 10 * dsp.Hop
	for name, channels := range map[string]int{"1.wav": 1, "2.wav": 2, "3.wav": 1, "4.wav": 3} {
		f := pcm.Format{Rate: dsp.SampleRate, Channels: channels, Encoding: pcm.Int16}
		if err := wav.WriteFile(filepath.Join(dir, name), f, make([]float32, frames*channels)); err != nil {
			t.Fatal(err)
		}
	}
	out := filepath.Join(dir, "out")
	b, err := Plan([]string{dir}, out, PlanOptions{Residual: filepath.Join(dir, "gone")})
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Loudness: -20, NewProcessor: func(channels, at int) (recording.Processor, error) {
		p, err := newThrough(channels, at)
		switch channels {
		case 2:
			return &broken{Processor: p}, err
		case 3:
			panic("no such processor")
		}
		return p, err
	}}
	seen := &outcomes{err: map[string]error{}}
	if failed := Run(context.Background(), b.Jobs, 1, o, seen); failed != 2 {
		t.Errorf("%d failed, want 2", failed)
	}
	for name, says := range map[string]string{"2.wav": `fault_test\.go:\d+`, "4.wav": `fault_test\.go:\d+`} {
		want := regexp.MustCompile(`^cannot clean .*` + regexp.QuoteMeta(name) + `: a mistake in stillmic itself \(` + says + `\); please report it`)
		if err := seen.err[name]; err == nil || !want.MatchString(err.Error()) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
	for _, folder := range []string{out, filepath.Join(dir, "gone")} {
		left, err := os.ReadDir(folder)
		if err != nil || len(left) != 2 || left[0].Name() != "1.wav" || left[1].Name() != "3.wav" {
			t.Errorf("in %s: %v, %v; want 1.wav and 3.wav", folder, left, err)
		}
	}
}
