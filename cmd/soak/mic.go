//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/soundserver"
)

// mic is a microphone that can be pulled out and put back.
type mic interface {
	Name() string
	Plug() error
	Unplug() error
	PPM() float64            // how fast its clock runs, too fast
	Run(ctx context.Context) // plays the signal into it
	Forget()                 // the server it was plugged into is gone
}

// newMic makes the microphone for a server. On PulseAudio its clock drifts. A
// sound device of PipeWire keeps the time of its graph, so there it does not.
func newMic(s *soundserver.Server) mic {
	if s.Kind == soundserver.PulseAudio {
		return &pipeMic{server: s, path: filepath.Join(s.RuntimeDir, "usbmic.fifo"), fd: -1}
	}
	return &sinkMic{s}
}

// pipeMic is a pipe source of PulseAudio: whoever writes to it is its clock.
type pipeMic struct {
	server *soundserver.Server
	path   string

	mu     sync.Mutex
	fd     int
	module uint32
	ppm    float64
}

const (
	// driftMost is how much the clock is off at most, in ppm: the product's limit.
	driftMost = 500
	// driftPeriod is how long it takes from there to the other end and back.
	driftPeriod = 20 * time.Minute
	// pace is how often samples are written.
	pace = 5 * time.Millisecond
)

func (m *pipeMic) Name() string { return "usbmic" }

func (m *pipeMic) PPM() float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.ppm
}

func (m *pipeMic) Plug() error {
	index, err := m.server.LoadModule("module-pipe-source", fmt.Sprintf(
		"source_name=%s file=%s format=float32le rate=%d channels=1 source_properties='device.description=USB_microphone "+
			"device.bus=usb device.form_factor=microphone'",
		m.Name(), m.path, audioio.SampleRate))
	if err != nil {
		return err
	}
	fd, err := syscall.Open(m.path, syscall.O_RDWR|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open the microphone's FIFO: %w", err)
	}
	m.mu.Lock()
	m.fd, m.module = fd, index
	m.mu.Unlock()
	return m.server.SetDefaultSource(m.Name())
}

func (m *pipeMic) Unplug() error {
	index := m.module
	m.Forget()
	return m.server.UnloadModule(index)
}

func (m *pipeMic) Forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fd >= 0 {
		_ = syscall.Close(m.fd) // nothing to lose
	}
	m.fd = -1
	_ = syscall.Unlink(m.path) // a server that was killed leaves it
}

// Run writes the signal at the pace of a clock that drifts.
func (m *pipeMic) Run(ctx context.Context) {
	begin, before := time.Now(), time.Now()
	due, sent := 0.0, int64(0)
	t := time.NewTicker(pace)
	defer t.Stop()
	for ctx.Err() == nil {
		<-t.C
		now := time.Now()
		ppm := driftMost * math.Sin(2*math.Pi*now.Sub(begin).Seconds()/driftPeriod.Seconds())
		due += now.Sub(before).Seconds() * audioio.SampleRate * (1 + ppm*1e-6)
		before = now
		m.mu.Lock()
		m.ppm = ppm
		for sent < int64(due) {
			// At most 1024 samples: 4096 bytes go all or not at all.
			n := min(int64(due)-sent, 1024)
			m.write(sent, n)
			sent += n
		}
		m.mu.Unlock()
	}
}

// write writes n samples from the given one on; a server that does not take
// them loses them.
func (m *pipeMic) write(from, n int64) {
	if m.fd < 0 {
		return
	}
	x := make([]float32, n)
	for i := range x {
		x[i] = tone(from + int64(i))
	}
	_, _ = syscall.Write(m.fd, soundserver.Float32LE(x))
}

// sinkMic is the fake microphone of a server.
type sinkMic struct{ server *soundserver.Server }

func (m *sinkMic) Name() string { return soundserver.FakeMic }
func (m *sinkMic) PPM() float64 { return 0 }
func (m *sinkMic) Forget()      {}

func (m *sinkMic) Unplug() error { return m.server.RemoveMic(m.Name()) }

func (m *sinkMic) Plug() error {
	names, err := m.server.Sources()
	if err != nil {
		return err
	}
	if slices.Contains(names, m.Name()) {
		return nil // a server starts with it
	}
	err = m.server.AddMic(m.Name(), audioio.SampleRate, 1)
	return errors.Join(err, m.server.SetDefaultSource(m.Name()))
}

// Run plays the signal, again whenever the microphone is back.
func (m *sinkMic) Run(ctx context.Context) {
	n := int64(0)
	for ctx.Err() == nil {
		_ = m.server.PlayFunc(ctx, soundserver.FakeMicSink, func(p []float32) int {
			for i := range p {
				p[i] = tone(n)
				n++
			}
			return len(p)
		})
		select {
		case <-ctx.Done():
		case <-time.After(20 * time.Millisecond):
		}
	}
}
