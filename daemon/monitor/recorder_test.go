package monitor

import (
	"errors"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/recording"
	"github.com/stillmic/stillmic/daemon/control"
)

// levelled is what a leveller made of the level, which no figure is to show.
const levelled = 0.5

// feed gives a monitor a voice that comes and goes in noise, of which 20 dB are
// removed and 1 dB of the voice, until the test ends.
func feed(t *testing.T, s *Monitor) {
	done := make(chan struct{})
	t.Cleanup(func() { close(done) })
	go func() {
		rnd := rand.New(rand.NewPCG(1, 2))
		var in, out, voice audioio.Block
		for n := 0; ; n++ {
			select {
			case <-done:
				return
			case <-time.After(time.Millisecond): // ten times as fast as it is
			}
			speech := float32(0)
			clear(voice[:])
			if n/20%2 == 1 {
				speech = 1
				tone(&voice, 300, 0.5, n*audioio.BlockSize)
			}
			for i := range in {
				noise := float32(0.02 * rnd.NormFloat64())
				in[i] = voice[i] + noise
				out[i] = levelled * (0.8913*voice[i] + 0.1*noise)
			}
			s.Hop(&in, &out, speech, levelled)
		}
	}()
}

func TestRecording(t *testing.T) {
	s := New(func(bool) {}, unhurt(t))
	feed(t, s)
	dir := filepath.Join(t.TempDir(), "recording")
	r := NewRecorder(s, dir, func() float64 { return 31.26 })
	if _, err := r.Path(control.TrackRaw); !errors.Is(err, control.ErrNotFound) {
		t.Errorf("before there is one: %v", err)
	}
	if err := r.Record(2); err != nil {
		t.Fatal(err)
	}
	if err := r.Record(2); !errors.Is(err, control.ErrBusy) {
		t.Errorf("a second one: %v", err)
	}
	wait(t, "ready", func() bool { return r.Recording().State != control.RecordActive })
	now := r.Recording()
	if now.State != control.RecordReady || now.Recorded != 2 || now.Expires.Sub(now.Created) != keepFor {
		t.Fatalf("%+v", now)
	}
	f := now.Figures
	if math.Abs(f.NoiseRemovedDB-20) > 0.3 || math.Abs(f.SpeechKeptDB+1) > 0.2 || f.LatencyMS != 31.3 || math.Abs(f.SpeechPercent-50) > 12 || math.Abs(f.NoiseDB+34) > 0.3 {
		t.Errorf("figures: %+v", *f)
	}
	s.mu.Lock()
	if len(s.watchers) > 0 {
		t.Error("it watches still")
	}
	s.mu.Unlock()
	checkTracks(t, r, dir)
	// A daemon that is started again has it still, and a day later it is gone.
	again := NewRecorder(s, dir, nil)
	if got := again.Recording(); got.State != control.RecordReady || *got.Figures != *f {
		t.Errorf("after a restart: %+v", got)
	}
	again.Expire(time.Now().Add(keepFor - time.Hour))
	if _, err := os.Stat(dir); err != nil {
		t.Errorf("before a day has passed: %v", err)
	}
	again.Expire(time.Now().Add(keepFor + time.Second))
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) || again.Recording().State != control.RecordNone {
		t.Errorf("after a day: %v, %+v", err, again.Recording())
	}
}

// checkTracks reads the files: the user's own, of one length, and removed is
// what is missing in clean.
func checkTracks(t *testing.T, r *Recorder, dir string) {
	t.Helper()
	tracks := map[control.Track][]float32{}
	for _, track := range control.Tracks {
		path, err := r.Path(track)
		if err != nil {
			t.Fatal(err)
		}
		st, err := os.Stat(path)
		if err != nil || st.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", path, st.Mode(), err)
		}
		w, err := recording.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		x := make([]float32, w.Frames())
		if _, err := w.Read(x); err != nil || w.Close() != nil {
			t.Fatal(err)
		}
		tracks[track] = x
	}
	if st, err := os.Stat(dir); err != nil || st.Mode().Perm() != 0o700 {
		t.Errorf("folder: %v, %v", st.Mode(), err)
	}
	raw, clean, removed := tracks[control.TrackRaw], tracks[control.TrackClean], tracks[control.TrackRemoved]
	if len(raw) != 2*audioio.SampleRate || len(clean) != len(raw) || len(removed) != len(raw) {
		t.Fatalf("%d, %d and %d samples", len(raw), len(clean), len(removed))
	}
	for i := range raw {
		if math.Abs(float64(raw[i]-clean[i]/levelled-removed[i])) > 1e-4 {
			t.Fatalf("sample %d: %g - %g / %v is not %g", i, raw[i], clean[i], levelled, removed[i])
		}
	}
}

// One that is given up leaves nothing; one that cannot be written says why.
func TestRecordingEnds(t *testing.T) {
	s := New(func(bool) {}, unhurt(t))
	feed(t, s)
	dir := filepath.Join(t.TempDir(), "recording")
	r := NewRecorder(s, dir, func() float64 { return 0 })
	if err := r.Record(30); err != nil {
		t.Fatal(err)
	}
	wait(t, "begun", func() bool { return r.Recording().Recorded > 0 })
	if err := r.Delete(); err != nil || r.Recording().State != control.RecordNone {
		t.Errorf("given up: %v, %+v", err, r.Recording())
	}
	wait(t, "nobody watching", func() bool { return s.ring.Load() == nil })
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("left: %v", err)
	}
	// The state folder is a file: nothing can be written.
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	r = NewRecorder(s, filepath.Join(file, "recording"), func() float64 { return 0 })
	if err := r.Record(1); err == nil {
		wait(t, "failed", func() bool { return r.Recording().State == control.RecordFailed })
		if r.Recording().Reason == "" {
			t.Errorf("%+v", r.Recording())
		}
	}
}
