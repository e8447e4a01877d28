//go:build portaudio

// Package portaudio reaches the devices of any system through PortAudio. It needs the build
// tag portaudio, and cgo.
package portaudio

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/gordonklaus/portaudio"

	"github.com/stillmic/stillmic/audioio"
)

// Library reaches the devices of any system: Windows, macOS, and Linux
// without a pulse server. It makes no virtual microphone: there it plays into
// one that is installed (VB-CABLE, BlackHole).
type Library struct {
	once   sync.Once
	closed error
	others uint64 // how often one had been closed when this one was opened
}

var (
	// calls is held while PortAudio or its binding is called, which must not be from two goroutines
	// at once.
	calls sync.Mutex

	// closings is how often a Library was closed, and opened how many are not. With calls held.
	closings uint64
	opened   int
)

// lowest is the number of the first stream. The binding hands PortAudio a stream's number, from 0 on, as
// if it were a pointer, and Go ends a program that has one below 4096 where it moves a stack.
const lowest = 4096

// number has streams begin with lowest.
var number sync.Once

// Open starts the library. Devices plugged in later are seen only by
// a library started anew.
func Open() (*Library, error) {
	calls.Lock()
	defer calls.Unlock()
	if err := portaudio.Initialize(); err != nil {
		return nil, fmt.Errorf("start PortAudio: %w", err)
	}
	opened++
	number.Do(func() {
		for range lowest {
			_, _ = portaudio.OpenStream(portaudio.StreamParameters{}) // nothing to open: it only counts
		}
	})
	return &Library{others: closings}, nil
}

// Close ends the library. Sources and sinks must be closed before.
func (p *Library) Close() error {
	calls.Lock()
	defer calls.Unlock()
	p.once.Do(func() {
		p.closed = portaudio.Terminate()
		closings++
		opened--
	})
	return p.closed
}

// Stale reports whether another Library was closed since this one was opened, and this is the only one
// left: the library is started anew, and sees other devices, only when there is none.
func (p *Library) Stale() bool {
	calls.Lock()
	defer calls.Unlock()
	return closings != p.others && opened == 1
}

// Devices lists the inputs.
func (p *Library) Devices() ([]audioio.Device, error) { return p.list(true) }

// Outputs lists the devices that can be played into.
func (p *Library) Outputs() ([]audioio.Device, error) { return p.list(false) }

func (p *Library) list(input bool) ([]audioio.Device, error) {
	infos, err := p.infos(input)
	if err != nil {
		return nil, err
	}
	def := defaultDevice(input)
	list := make([]audioio.Device, len(infos))
	for i, d := range infos {
		list[i] = audioio.Device{
			Name: deviceName(infos, d), Description: d.Name + ", " + d.HostApi.Name,
			Default: def != nil && d.Index == def.Index,
			Rate:    int(d.DefaultSampleRate), Channels: d.MaxInputChannels,
		}
		if !input {
			list[i].Channels = d.MaxOutputChannels
		}
	}
	return list, nil
}

// defaultDevice returns the system's default, nil when there is none.
func defaultDevice(input bool) *portaudio.DeviceInfo {
	calls.Lock()
	defer calls.Unlock()
	get := portaudio.DefaultOutputDevice
	if input {
		get = portaudio.DefaultInputDevice
	}
	d, err := get()
	if err != nil {
		return nil
	}
	return d
}

// infos returns the devices of one direction.
func (p *Library) infos(input bool) ([]*portaudio.DeviceInfo, error) {
	calls.Lock()
	defer calls.Unlock()
	all, err := portaudio.Devices()
	if err != nil {
		return nil, fmt.Errorf("list devices of PortAudio: %w", err)
	}
	var list []*portaudio.DeviceInfo
	for _, d := range all {
		if input && d.MaxInputChannels > 0 || !input && d.MaxOutputChannels > 0 {
			list = append(list, d)
		}
	}
	return list, nil
}

// deviceName is the device's name, with that of its host API where several have
// a device of this name, as on Windows.
func deviceName(list []*portaudio.DeviceInfo, d *portaudio.DeviceInfo) string {
	for _, other := range list {
		if other.Index != d.Index && other.Name == d.Name {
			return d.Name + " (" + d.HostApi.Name + ")"
		}
	}
	return d.Name
}

// find returns a device by its name, or the default one.
func (p *Library) find(name string, input bool) (*portaudio.DeviceInfo, error) {
	if name == "" {
		if d := defaultDevice(input); d != nil {
			return d, nil
		}
		return nil, fmt.Errorf("%w: PortAudio has no default device; choose one by name", audioio.ErrNoDevice)
	}
	list, err := p.infos(input)
	if err != nil {
		return nil, err
	}
	for _, d := range list {
		if deviceName(list, d) == name {
			return d, nil
		}
	}
	return nil, fmt.Errorf("%w: PortAudio has no %q (stillmic devices lists what there is)", audioio.ErrNoDevice, name)
}

// stream is what source and sink have in common.
type stream struct {
	name   string
	stream *portaudio.Stream
	once   sync.Once
	done   chan struct{}
	closed error
}

// open opens and starts a stream of blocks with the given callback.
func (s *stream) open(d *portaudio.DeviceInfo, params portaudio.StreamParameters, callback any) error {
	s.name, s.done = d.Name, make(chan struct{})
	params.SampleRate, params.FramesPerBuffer = audioio.SampleRate, audioio.BlockSize
	calls.Lock()
	defer calls.Unlock()
	stream, err := portaudio.OpenStream(params, callback)
	if err != nil {
		if errors.Is(err, portaudio.InvalidSampleRate) {
			return fmt.Errorf("%w: %q does not run at 48 kHz; set it to 48000 Hz in the system's sound settings",
				audioio.ErrNoDevice, d.Name)
		}
		return fmt.Errorf("open %q: %w", d.Name, err)
	}
	if err := stream.Start(); err != nil {
		return errors.Join(fmt.Errorf("start %q: %w", d.Name, err), stream.Close())
	}
	s.stream = stream
	return nil
}

// Close stops the stream, at once.
func (s *stream) Close() error {
	s.once.Do(func() {
		close(s.done)
		calls.Lock()
		defer calls.Unlock()
		s.closed = errors.Join(s.stream.Abort(), s.stream.Close())
	})
	return s.closed
}

// goneAfter is how long a device may deliver nothing before it counts as
// gone: Library does not say so when one is unplugged.
const goneAfter = 2 * time.Second
