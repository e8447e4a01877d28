package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/pulse"
	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/audioio/wav"
	"github.com/stillmic/stillmic/daemon/picture"
	"github.com/stillmic/stillmic/daemon/priority"
	"github.com/stillmic/stillmic/daemon/synth"
)

// Options says what to show.
type Options struct {
	Exe    string           // the stillmic program
	Kind   soundserver.Kind // of sound server
	OutDir string           // for the files
	Length time.Duration    // of the recording
	SNR    float64          // of the voice over the noise, dB
	Log    *os.File         // for the daemon's log
	Args   []string         // for "stillmic run"
}

// Result is what was measured.
type Result struct {
	Server string `json:"server"`
	Quality
	LatencyMS  float64 `json:"latency_ms"`  // added by stillmic, end to end
	CPUPercent float64 `json:"cpu_percent"` // of one core, the whole daemon while it is recorded
	Before     string  `json:"before"`      // files
	After      string  `json:"after"`
	Picture    string  `json:"picture"`
}

// NoisyVoice makes what is played: sentences with a fan and a keyboard in the
// background, and the voice alone.
func NoisyVoice(ctx context.Context, snr float64, sentences ...string) (noisy, voice []float32, err error) {
	voice, err = synth.Speech(ctx, "en-us", 1, sentences...)
	if err != nil {
		return nil, nil, err
	}
	noise := synth.Fan(len(voice), 0.05, 1)
	for i, v := range synth.Typing(len(voice), 0.25, 2) {
		noise[i] += v
	}
	noisy = synth.Mix(voice, noise, snr)
	return noisy, voice, nil
}

const (
	// settle is what the network and the sound server's graph get to settle in before the
	// recording counts.
	settle = 3 * time.Second

	// least is the shortest recording of which enough is left where the machine stands still
	// now and then.
	least = 10 * time.Second
)

// ErrShort is returned for an Options.Length that is too short to measure anything.
var ErrShort = errors.New("too short")

// Run shows it all once.
func Run(ctx context.Context, o Options) (r Result, err error) {
	if o.Length < least {
		return r, fmt.Errorf("a recording of %v is %w: %v at least", o.Length, ErrShort, least)
	}
	noisy, voice, err := NoisyVoice(ctx, o.SNR, synth.Sentences...)
	if err != nil {
		return r, err
	}
	if err := os.MkdirAll(o.OutDir, 0o755); err != nil {
		return r, fmt.Errorf("folder for the files: %w", err)
	}
	priority.Raise() // what measures must not be what is late
	stage, err := NewStage(o.Kind, o.Exe, o.Log, o.Args...)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, stage.Close()) }()
	stop := stage.play(ctx, soundserver.Looped(noisy))
	share := stage.watchCPU(settle)
	rec, err := stage.RecordAll(ctx, settle+o.Length, soundserver.FakeMic, pulse.MicName)
	if err == nil {
		r.CPUPercent, err = share()
	}
	if err = errors.Join(err, stop(), priority.Restore()); err != nil {
		return r, err
	}
	if err := stage.StopDaemon(); err != nil {
		return r, err
	}
	skip := int(settle.Seconds() * audioio.SampleRate)
	r.LatencyMS = median(Lags(rec[0], rec[1], settle, int(o.Length.Seconds())))
	before, after := rec[0].Samples[skip:], rec[1].Samples[skip:]
	r.Server = string(o.Kind)
	all := Align(noisy, voice, before, after)
	if r.Quality, err = Measure(all); err != nil {
		return r, err
	}
	return r, r.save(o.OutDir, all.Before, all.After)
}

// save writes the recordings and the picture.
func (r *Result) save(dir string, before, after []float32) error {
	r.Before = filepath.Join(dir, "before.wav")
	r.After = filepath.Join(dir, "after.wav")
	r.Picture = filepath.Join(dir, "before-after.png")
	for path, x := range map[string][]float32{r.Before: before, r.After: after} {
		if err := wav.WriteFile(path, pcm.Format{Rate: audioio.SampleRate, Channels: 1}, x); err != nil {
			return err
		}
	}
	p := picture.New(audioio.SampleRate)
	p.Add("before", before)
	p.Add("after", after)
	return p.WriteFile(r.Picture)
}
