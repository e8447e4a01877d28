package control

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stillmic/stillmic/daemon/enrol"
	"github.com/stillmic/stillmic/daemon/farend"
	"github.com/stillmic/stillmic/daemon/focus"
	"github.com/stillmic/stillmic/daemon/speaker"
)

// memory is the smallest daemon behind the API: it remembers what it is told.
type memory struct {
	mu     sync.Mutex
	status Status
	rec    Recording
	dir    string
	fail   error         // what some answer
	hold   chan struct{} // Clean tells that it has begun, and waits
}

// failing returns what is to fail.
func (m *memory) failing() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.fail
}

// fails has some of the API fail from now on.
func (m *memory) fails(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fail = err
}

func newMemory(t testing.TB) *memory {
	return &memory{dir: t.TempDir(), rec: Recording{State: RecordNone},
		status: Status{State: Running, Strength: "strong", Talk: Talk{Mode: TalkOff}, Budget: Latency40, Apps: []string{}, RawApps: []string{}, Notices: []string{},
			Echo:    Echo{Mode: farend.Auto, State: farend.Unused},
			Focus:   Focus{Mode: focus.Off, State: focus.Unused},
			Speaker: Speaker{Strength: "gentle", StrengthDB: 12, State: speaker.Off, Apps: []string{}}}}
}

func (m *memory) Status() Status {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.status
}

func (m *memory) Histograms() Histograms {
	h := Histogram{Edges: []float64{0, 100, 200}, Counts: []uint64{5, 3, 1}}
	return Histograms{h, h}
}

// change changes the status.
func (m *memory) change(f func(*Status)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	f(&m.status)
	return nil
}

func (m *memory) SetStrength(text string) error {
	if text == "loud" {
		return errors.New("invalid strength \"loud\"")
	}
	return m.change(func(s *Status) { s.Strength = text })
}

func (m *memory) SetBypass(on bool) error { return m.change(func(s *Status) { s.Bypass = on }) }
func (m *memory) SetMute(on bool) error   { return m.change(func(s *Status) { s.Mute = on }) }
func (m *memory) SetTalk(c TalkChange) error {
	return m.change(func(s *Status) {
		if c.Mode != nil {
			s.Talk.Mode = *c.Mode
		}
		if c.Pressed != nil {
			s.Talk.Pressed = *c.Pressed
		}
	})
}

func (m *memory) Presets() ([]Preset, error) {
	return []Preset{{Name: "call", Description: "for calls", Strength: "strong"}}, nil
}
func (m *memory) SetPreset(name string) error {
	if name != "" && name != "call" {
		return fmt.Errorf("%w: no preset %q", ErrNotFound, name)
	}
	return m.change(func(s *Status) { s.Preset = name })
}
func (m *memory) SetVoice(v Voice) error { return m.change(func(s *Status) { s.Voice = v }) }

func (m *memory) Devices() ([]Device, error) {
	if err := m.failing(); err != nil {
		return nil, err
	}
	return []Device{{Name: "mic", Description: "A microphone", Default: true, Rate: 48000, Channels: 1}}, nil
}
func (m *memory) SetDevice(name string, channel int) error {
	if err := m.failing(); err != nil {
		return err
	}
	if name != "" && name != "mic" {
		return fmt.Errorf("%w: no microphone %q", ErrNotFound, name)
	}
	return m.change(func(s *Status) { s.Device, s.Channel = name, channel })
}
func (m *memory) Outputs() ([]Output, error) {
	return []Output{{Name: "out", Description: "Loudspeakers"}}, m.failing()
}
func (m *memory) SetSpeaker(c SpeakerChange) error {
	if err := m.failing(); err != nil {
		return err
	}
	if c.Device != nil && *c.Device != "" && *c.Device != "out" {
		return fmt.Errorf("%w: no output %q", ErrNotFound, *c.Device)
	}
	if c.Strength != nil && *c.Strength != "gentle" {
		return fmt.Errorf("invalid strength %q", *c.Strength)
	}
	return m.change(func(s *Status) {
		if c.On != nil {
			s.Speaker.On = *c.On
		}
	})
}
func (m *memory) SetDefault(bool) error  { return m.failing() }
func (m *memory) PutBack([]string) error { return m.failing() }
func (m *memory) SetWelcomed(done bool) error {
	return m.change(func(s *Status) { s.Welcome = !done })
}
func (m *memory) Replay(w io.Writer) error {
	if err := m.failing(); err != nil {
		return err
	}
	_, err := io.WriteString(w, "RIFF")
	return err
}
func (m *memory) SetModel(path string) error {
	if path == "" {
		path = "full"
	}
	return m.change(func(s *Status) { s.Model = path })
}
func (m *memory) SetEcho(mode EchoMode) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.status.Echo.Mode = mode
	return nil
}

func (m *memory) SetFocus(mode FocusMode) error {
	if mode == focus.Me {
		return focus.ErrNoPrint
	}
	return m.change(func(s *Status) { s.Focus.Mode = mode })
}

func (m *memory) SetLatency(b LatencyBudget) error {
	return m.change(func(s *Status) { s.Budget = b })
}

func (m *memory) Record(seconds float64) error {
	if err := m.failing(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.rec.State != RecordNone {
		return fmt.Errorf("%w: it is being recorded", ErrBusy)
	}
	now := time.Now()
	m.rec = Recording{State: RecordReady, Seconds: seconds, Recorded: seconds, Created: now, Expires: now.Add(time.Hour), Figures: &Figures{}}
	for _, t := range Tracks {
		if err := os.WriteFile(filepath.Join(m.dir, string(t)), []byte("RIFF"), 0o600); err != nil {
			return err
		}
	}
	return nil
}
func (m *memory) Recording() Recording {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.rec
}
func (m *memory) RecordingPath(t Track) (string, error) {
	if m.Recording().State != RecordReady {
		return "", fmt.Errorf("%w: there is no recording", ErrNotFound)
	}
	return filepath.Join(m.dir, string(t)), nil
}
func (m *memory) DeleteRecording() error {
	if err := m.failing(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rec = Recording{State: RecordNone}
	return nil
}

func (m *memory) Listen(ctx context.Context, _ Track, into func([]float32) error) error {
	for ctx.Err() == nil {
		if err := into(make([]float32, 480)); err != nil {
			return err
		}
		time.Sleep(time.Millisecond)
	}
	return nil
}

func (m *memory) VoicePrint() (VoicePrint, error) {
	return VoicePrint{Enrolled: true, Since: time.Now(), Seconds: 20, Times: 1, Quality: enrol.Good}, m.failing()
}

func (m *memory) DeleteVoicePrint() error { return m.failing() }

// Enrol never comes to its end if fresh.
func (m *memory) Enrol(ctx context.Context, fresh bool, tell func(Enrolment) error) error {
	if err := m.failing(); err != nil {
		return err
	}
	if err := tell(Enrolment{State: enrol.Listening, Seconds: 3, Wanted: 20, LevelDB: -30}); err != nil {
		return err
	}
	if fresh {
		<-ctx.Done()
		return ctx.Err()
	}
	return tell(Enrolment{State: enrol.Done, Seconds: 20, Wanted: 20, Result: &enrol.Result{Alike: 0.9, Quality: enrol.Good}})
}

func (m *memory) Clean(_ context.Context, in string, o CleanOptions) (CleanResult, error) {
	text, err := os.ReadFile(in)
	if err != nil {
		return CleanResult{}, err
	}
	if m.hold != nil {
		m.hold <- struct{}{} // it has begun
		<-m.hold             // it may end
	}
	if string(text) == "noise" {
		return CleanResult{}, errors.New("it is no recording")
	}
	ext := cmp.Or(filepath.Ext(in), ".wav")
	res := CleanResult{strings.TrimSuffix(in, ext) + "-clean" + ext, fmt.Appendf(nil, `{"preset":%q,"loudness":%g}`, o.Preset, o.Loudness)}
	err = os.WriteFile(res.Path, text, 0o600)
	if o.Picture != "" {
		err = errors.Join(err, os.WriteFile(o.Picture, []byte("PNG"), 0o600))
	}
	return res, err
}

func (m *memory) Watch(w Watched) func() {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-done:
				return
			case <-time.After(5 * time.Millisecond):
			}
			if w.Meters != nil {
				w.Meters(Meters{InputDB: -20, OutputDB: -40})
			}
			if w.Spectrum != nil {
				w.Spectrum(Spectrum{})
			}
		}
	}()
	return func() { close(done); <-ended }
}
