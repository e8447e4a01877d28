package monitor

import (
	"fmt"
	"io"
	"sync"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/metadata"
	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/wav"
	"github.com/stillmic/stillmic/daemon/control"
)

const (
	// replayHops are the last 10 s.
	replayHops = 1000

	// replayTracks are raw, clean and removed, in the order of control.Tracks.
	replayTracks = 3
)

// Replay holds the last 10 s of before and after in memory, while somebody wants that: 5.8 MB.
type Replay struct {
	monitor *Monitor

	mu    sync.Mutex
	users int
	stop  func()
	hops  []replayHop // a ring, nil while nobody wants it
	next  int
	full  bool
}

// replayHop is one hop of each track.
type replayHop [replayTracks]audioio.Block

// NewReplay returns one that holds nothing.
func NewReplay(m *Monitor) *Replay { return &Replay{monitor: m} }

// Keep has the last 10 s held until release is called. When the last one has released, they are
// forgotten.
func (r *Replay) Keep() (release func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.users++; r.users == 1 {
		r.hops, r.next, r.full = make([]replayHop, replayHops), 0, false
		r.stop = r.monitor.Watch(r.add)
	}
	return sync.OnceFunc(r.release)
}

func (r *Replay) release() {
	r.mu.Lock()
	r.users--
	stop := r.stop
	if r.users > 0 {
		stop = nil
	} else {
		r.hops, r.stop, r.next, r.full = nil, nil, 0, false
	}
	r.mu.Unlock()
	if stop != nil {
		stop() // it waits for add, which takes the lock
	}
}

func (r *Replay) add(h *Hop) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.hops == nil {
		return
	}
	r.hops[r.next] = replayHop{h.In, h.Out, h.Removed()}
	if r.next++; r.next == replayHops {
		r.next, r.full = 0, true
	}
}

// last returns the hops that are held, the oldest first.
func (r *Replay) last() []replayHop {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := []replayHop{}
	if r.full {
		list = append(list, r.hops[r.next:]...)
	}
	return append(list, r.hops[:r.next]...)
}

// WriteWAV writes what is held as a WAV file of three channels: raw, clean and removed, 16 bit at
// 48 kHz. Without a hop it is control.ErrNotFound.
func (r *Replay) WriteWAV(w io.Writer) error {
	hops := r.last()
	if len(hops) == 0 {
		return fmt.Errorf("%w: nothing was heard while this page was open", control.ErrNotFound)
	}
	out, err := wav.NewWriter(w, pcm.Format{Rate: audioio.SampleRate, Channels: replayTracks, Encoding: pcm.Int16},
		metadata.Metadata{})
	if err != nil {
		return err
	}
	var samples [replayTracks * audioio.BlockSize]float32
	for i := range hops {
		for track := range hops[i] {
			for n, v := range hops[i][track] {
				samples[replayTracks*n+track] = v
			}
		}
		if err := out.Write(samples[:]); err != nil {
			return err
		}
	}
	return out.Close()
}
