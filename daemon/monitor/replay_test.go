package monitor

import (
	"bytes"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/wav"
	"github.com/stillmic/stillmic/daemon/control"
)

// The last 10 s are held while somebody wants them, and not a hop longer.
func TestReplay(t *testing.T) {
	m := New(func(bool) {}, func(any) {})
	r := NewReplay(m)
	if err := r.WriteWAV(new(bytes.Buffer)); !errors.Is(err, control.ErrNotFound) {
		t.Errorf("before anybody wanted it: %v", err)
	}
	release := r.Keep()
	second := r.Keep()
	const extra = 7
	var in, out audioio.Block
	for n := range replayHops + extra {
		in[0], out[0] = float32(n)/2000, float32(n)/4000
		m.Hop(&in, &out, 0, 1)
		if n%100 == 99 { // the ring before it holds 128 hops
			waitFor(t, func() bool { return len(r.last()) == min(n+1, replayHops) && m.ring.Load().tail.Load() == uint64(n+1) })
		}
	}
	waitFor(t, func() bool { return m.ring.Load().tail.Load() == replayHops+extra })
	second()
	var b bytes.Buffer
	if err := r.WriteWAV(&b); err != nil {
		t.Fatal(err)
	}
	file, err := wav.NewReader(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if f := file.Format(); f.Rate != audioio.SampleRate || f.Channels != replayTracks {
		t.Errorf("%+v", f)
	}
	samples := make([]float32, replayTracks*audioio.BlockSize)
	if n, err := file.Read(samples); err != nil || n == 0 {
		t.Fatal(n, err)
	}
	oldest := float64(extra) / 2000
	for track, want := range []float64{oldest, oldest / 2, oldest / 2} {
		if got := float64(samples[track]); math.Abs(got-want) > 1e-4 {
			t.Errorf("%s begins with %g, want %g", control.Tracks[track], got, want)
		}
	}
	release()
	if r.hops != nil || m.ring.Load() != nil {
		t.Error("released, it is held")
	}
	if err := r.WriteWAV(new(bytes.Buffer)); !errors.Is(err, control.ErrNotFound) {
		t.Errorf("released: %v", err)
	}
}

func waitFor(t *testing.T, ok func() bool) {
	t.Helper()
	for begin := time.Now(); !ok(); time.Sleep(time.Millisecond) {
		if time.Since(begin) > 20*time.Second {
			t.Fatal("not after 20 s")
		}
	}
}
