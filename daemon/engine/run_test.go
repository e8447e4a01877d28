package engine

import (
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/strength"
)

// shaky is a sink that panics where the engine hands it one block.
type shaky struct {
	keep
	at     int // block at which it panics; from there on, if always
	always bool
	given  int
}

func (s *shaky) WriteBlock(b *audioio.Block) error {
	s.given++
	if s.given == s.at || s.always && s.given > s.at {
		panic("no such table")
	}
	return s.keep.WriteBlock(b)
}

// loud is a post-processor that fails only when it is asked for its gain.
type loud struct{ later }

func (*loud) Gain() float32 { panic("no gain") }

// A panic on the way of the audio, outside of the suppressor: the stream goes on with
// the microphone as it is, and a new suppressor ends that.
func TestPanicOnTheWayBecomesBypass(t *testing.T) {
	const n, at = 20, 10
	for name, run := range map[string]func(e *Engine, src audioio.Source) (*shaky, error){
		"in the sink": func(e *Engine, src audioio.Source) (*shaky, error) {
			sink := &shaky{at: at}
			return sink, e.Run(src, sink)
		},
		"in the level of the voice": func(e *Engine, src audioio.Source) (*shaky, error) {
			e.SetPostProcessor(&loud{})
			sink := &shaky{at: math.MaxInt}
			return sink, e.Run(src, sink)
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := &halver{}
			e := New(h, strength.Max)
			sink, err := run(e, &list{n: n})
			if !errors.Is(err, io.EOF) {
				t.Fatalf("ended with %v, want the source's end", err)
			}
			if len(sink.blocks) != n-1 {
				t.Fatalf("%d blocks written of %d, one of which broke", len(sink.blocks), n)
			}
			var want audioio.Block
			sine(&want, 440, (n-2)*audioio.BlockSize)
			if sink.blocks[n-2] != want {
				t.Error("the last block is not the microphone's, a hop later")
			}
			if f := <-e.Faults(); f.From != AudioPath || !e.Broken() {
				t.Errorf("%s is said to have failed, broken: %v", f.From, e.Broken())
			}
			calls := h.calls
			e.Replace(&halver{})
			var after keep
			if err := e.Run(&list{n: 10}, &after); !errors.Is(err, io.EOF) {
				t.Fatal(err)
			}
			sine(&want, 440, 8*audioio.BlockSize)
			if after.blocks[9][100] != want[100]/2 || e.Broken() || h.calls != calls {
				t.Errorf("a new suppressor is not used, or the old one is; broken: %v", e.Broken())
			}
		})
	}
}

// Muted is muted whatever breaks.
func TestPanicOnTheWayStaysMuted(t *testing.T) {
	e := New(&halver{}, strength.Max)
	e.SetMute(true)
	sink := &shaky{at: 5}
	if err := e.Run(&list{n: 20}, sink); !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	for i, b := range sink.blocks[1:] {
		if b != (audioio.Block{}) {
			t.Fatalf("block %d is heard", i+1)
		}
	}
}

// What breaks again in the bypass, too, ends the stream by an error; the next stream
// is tried.
func TestPanicInBypassEndsTheStream(t *testing.T) {
	e := New(&halver{}, strength.Max)
	err := e.Run(&list{n: 20}, &shaky{at: 5, always: true})
	if err == nil || !strings.Contains(err.Error(), "no such table") {
		t.Fatalf("ended with %v", err)
	}
	var next keep
	if err := e.Run(&list{n: 5}, &next); !errors.Is(err, io.EOF) || len(next.blocks) != 5 {
		t.Errorf("the next stream: %v, %d blocks of 5", err, len(next.blocks))
	}
}

// dropper is a sink that does not take a block in time now and then.
type dropper struct {
	keep
	stats audioio.SinkStats
}

func (f *dropper) Stats() audioio.SinkStats { return f.stats }
func (f *dropper) WriteBlock(b *audioio.Block) error {
	if err := f.keep.WriteBlock(b); err != nil {
		return err
	}
	if len(f.blocks)%5 == 0 {
		f.stats.Dropped += 3 * audioio.BlockSize
	}
	return nil
}

// Audio that the sink dropped is counted, each time once.
func TestOverrunsAreCounted(t *testing.T) {
	e := New(&halver{}, strength.Max)
	sink := &dropper{stats: audioio.SinkStats{Dropped: 480}} // of an earlier stream
	if err := e.Run(&list{n: 21}, sink); !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	if n := e.counts.overruns.Load(); n != 4 {
		t.Errorf("%d overruns counted, want 4", n)
	}
}
