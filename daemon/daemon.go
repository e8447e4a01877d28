// Package daemon is the part of stillmic that runs for weeks: it takes the
// microphone, has it cleaned 10 ms at a time, and publishes the result as a
// virtual microphone, whatever happens to devices and sound server meanwhile.
//
// It only wires its rooms:
//
//   - engine moves audio: one goroutine, real time, waits for nothing but audio
//   - supervisor owns devices and state, and retries without limit; device reaches
//     the devices, priority gets the audio its time
//   - settings owns what can be changed at run time; config is the file, rules judge,
//     strength and preset name values
//   - farend takes off what loudspeakers play, focus lowers others' voices, speaker cleans
//     what others say
//   - control is the API, web the page, tray the icon, keys the shortcuts, messages their
//     texts, monitor meters and recordings
//   - service and doctor install and examine it; replaced notices an upgrade
//
// What cleans recordings (clean, archive, measure, picture, audition) and what proves and
// measures (bench, demo, synth) stands beside it.
package daemon

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/stillmic/stillmic/daemon/config"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/device"
	"github.com/stillmic/stillmic/daemon/engine"
	"github.com/stillmic/stillmic/daemon/farend"
	"github.com/stillmic/stillmic/daemon/focus"
	"github.com/stillmic/stillmic/daemon/monitor"
	"github.com/stillmic/stillmic/daemon/paths"
	"github.com/stillmic/stillmic/daemon/priority"
	"github.com/stillmic/stillmic/daemon/replaced"
	"github.com/stillmic/stillmic/daemon/settings"
	"github.com/stillmic/stillmic/daemon/speaker"
	"github.com/stillmic/stillmic/daemon/strength"
	"github.com/stillmic/stillmic/daemon/supervisor"
	"github.com/stillmic/stillmic/dsp/music"
)

// Options is what a Daemon is made of.
type Options struct {
	Config config.Config
	// ConfigProblem is what is wrong with the configuration, in the place of which Config, the last
	// good one, is used; "": nothing.
	ConfigProblem string
	Backend       device.Backend

	// Flags go before the configuration and earlier choices.
	Flags settings.Flags

	// Model makes the suppressor; LoadModel that of a built-in model, by its name, or
	// of a weight file, "" for the best one that the budget allows, and may be nil.
	Model     SuppressorFactory
	LoadModel func(model string, b control.LatencyBudget) (SuppressorFactory, error)

	// Wait has Run wait for a sound server and a microphone that are not there
	// at the start. Without it that is an error.
	Wait bool

	// Clean cleans the recording in into a file beside it, at a strength unless o names a
	// preset; nil: files are not cleaned.
	Clean func(ctx context.Context, in string, s strength.Limit, o control.CleanOptions) (control.CleanResult, error)

	// Page is the web page, nil for none.
	Page http.Handler

	// Replaced notices that another version is installed: Run ends with ErrReplaced then, once
	// no program records. nil: nothing is noticed.
	Replaced *replaced.Watch

	Log     *zap.Logger
	Version string
}

// ErrReplaced: another version is installed, and nobody needs this one any more.
var ErrReplaced = errors.New("another version of stillmic is installed")

// Daemon is the running product.
type Daemon struct {
	o         Options
	engine    *engine.Engine
	echo      *farend.Canceller
	focus     *focus.Keeper
	speaker   *speaker.Speaker
	factory   atomic.Pointer[SuppressorFactory] // of the model in use
	models    sync.Mutex                        // held while another model is chosen
	enrolling sync.Mutex                        // held while a voice is enrolled
	onBattery bool                              // as savePower saw it last
	started   time.Time

	settings    *settings.Store        // made by Run
	heldVolumes map[string]float64     // of microphones; the supervisor's goroutine alone uses it
	supervisor  *supervisor.Supervisor // made by Run

	events *control.Hub
	stats  statistics

	monitor  *monitor.Monitor
	recorder *monitor.Recorder // made by Run
	release  func()            // of the demand while somebody looks; the monitor's

	priority *priority.Scheduler
	running  context.Context                // of Run
	replaced atomic.Bool                    // another version is installed
	server   atomic.Pointer[control.Server] // made by Run
	programs atomic.Pointer[programs]       // that record
	mutes    atomic.Pointer[mutes]          // by mixers
	replay   *monitor.Replay
	welcomed atomic.Bool // the page has shown how to use it
}

// New makes a daemon. It fails if the processor cannot be made.
func New(o Options) (*Daemon, error) {
	p, fallbacks, err := o.Model.make()
	if err != nil {
		return nil, err
	}
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	d := &Daemon{o: o, started: time.Now(), engine: engine.New(p, o.Config.Suppression.Strength),
		events: control.NewHub()}
	d.o.Log = o.Log.WithOptions(zap.WrapCore(func(c zapcore.Core) zapcore.Core {
		return zapcore.NewTee(c,
			logEvents{events: d.events})
	}))
	d.echo = farend.New(d.o.Log)
	d.engine.SetEchoCanceller(d.echo)
	d.focus = d.newFocus()
	d.priority = priority.NewScheduler(d.o.Log)
	d.speaker = speaker.New(speaker.Options{Opener: o.Backend, Weights: speaker.Network,
		NewDetector: func() speaker.Detector { return music.New() },
		RaiseThread: func() bool { return d.priority.RaiseThread(d.running) }, Changed: d.events.Changed, Log: d.o.Log})
	d.engine.SetFallbacks(fallbacks...)
	d.factory.Store(&o.Model)
	d.monitor = monitor.New(d.attach, func(panicked any) { d.engine.Report(engine.Recorder, panicked) })
	d.replay = monitor.NewReplay(d.monitor)
	return d, nil
}

// Run claims the control socket and keeps the virtual microphone alive until
// ctx ends. It returns control.ErrRunning (wrapped) if another daemon runs, and
// ErrReplaced if another version is to take over.
func (d *Daemon) Run(ctx context.Context) (err error) {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	defer func() {
		if err == nil && errors.Is(context.Cause(ctx), ErrReplaced) {
			err = ErrReplaced
		}
	}()
	dir, err := paths.RuntimeDir()
	if err != nil {
		return err
	}
	runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + 1) // an engine with a thread of its own keeps one for itself
	background, stop := context.WithCancel(ctx)
	var jobs sync.WaitGroup
	defer func() {
		stop()
		jobs.Wait()
		d.priority.Wait()
	}()
	d.running = background
	d.priority.Raise(background)
	state, err := paths.StateDir()
	if err != nil {
		return err
	}
	d.welcomed.Store(isWelcomed(state))
	if err := d.prepare(background); err != nil {
		return err
	}
	defer d.settings.Close()
	onLocked := func() { // the recorder removes what a daemon that was killed left: none may run
		d.recorder = monitor.NewRecorder(d.monitor, filepath.Join(state, "recording"),
			func() float64 { return d.Status().LatencyMS })
	}
	srv, err := control.Listen(control.Options{Dir: dir, State: state, API: api{d}, Events: d.events,
		Page: d.o.Page, Listen: d.o.Config.Control.Listen, KeepToken: paths.RuntimeDirEnds() && runtime.GOOS == "linux",
		MetricsToken: d.o.Config.Control.MetricsTokenFile, OnLocked: onLocked, Log: d.o.Log})
	if err != nil {
		return err
	}
	d.server.Store(srv)
	defer func() {
		if cerr := srv.Close(); cerr != nil && err == nil {
			err = fmt.Errorf("close the control socket: %w", cerr)
		}
	}()
	jobs.Go(func() { d.collectStatistics(background) })
	jobs.Go(func() { d.speaker.Run(background) })
	jobs.Go(func() { d.focus.Run(background) })
	jobs.Go(func() { d.giveWay(background, end) })
	return d.supervisor.Run(ctx)
}

// prepare makes what Run needs: the settings, which are used from then on, and the
// supervisor.
func (d *Daemon) prepare(ctx context.Context) error {
	if err := d.openSettings(); err != nil {
		return err
	}
	reports, err := paths.StateDir()
	if err != nil {
		return err
	}
	now := d.settings.Now()
	d.supervisor = supervisor.New(supervisor.Options{
		Backend: d.o.Backend, Engine: d.engine, Observer: observer{d}, Log: d.o.Log,
		Input: supervisor.Input{Device: now.Device, Channel: now.Channel}, Wait: d.o.Wait, IdleAfter: d.o.Config.Idle.After(),
		NewProcessor: d.newProcessor, Describe: func() (version, model string) { return d.o.Version, d.factory.Load().Name },
		ReportDir: reports, RaiseThread: func() bool { return d.priority.RaiseThread(ctx) },
		Beside: func(ctx context.Context, srv device.Server, microphone string) { d.echo.Keep(ctx, srv, microphone) },
	})
	return nil
}

// Left reports, after Run, whether the virtual microphone was left to the programs that record it.
func (d *Daemon) Left() bool { return d.supervisor != nil && d.supervisor.Left() }

// Status returns the present state.
func (d *Daemon) Status() control.Status {
	s, e := d.supervisor.Snapshot(), d.engine
	stats, set := e.Stats(), d.settings.Now()
	st := control.Status{
		State: control.State(s.State), Reason: s.Reason, SinceS: time.Since(s.Since).Seconds(),
		Server: s.Server, Source: s.Source.Name, SourceDescription: s.Source.Description,
		Sink: s.Sink, Path: s.Path, Listeners: s.Listeners(), Apps: []string{}, RawApps: []string{},
		DefaultSource: s.Default, DevicesChanged: s.Changes,
		FrameUS: control.Quantiles(stats.HopTime), DriftPPM: stats.DriftPPM, Frames: stats.Hops,
		Xruns: stats.Xruns, Underruns: stats.Underruns, Overruns: stats.Overruns, MissedDeadlines: stats.Missed,
		Restarts: s.Counts.Restarts, Recoveries: s.Counts.Recoveries, LostDevices: s.Counts.Lost,
		Strength: set.Strength.String(), StrengthDB: float64(set.Strength), Bypass: set.Bypass, Budget: set.Latency,
		Mute: set.Mute, Talk: set.Talk, Silent: set.Silent(),
		Preset: set.Preset, Voice: set.Voice, Device: set.Device, Channel: set.Channel, Rules: set.Rules,
		SpeechProbability: stats.SpeechProbability,
		InputDB:           stats.InputDB, OutputDB: stats.OutputDB, NoiseReductionDB: e.NoiseReductionDB(),
		VoiceDB: stats.VoiceDB,
		Version: d.o.Version, Replaced: d.replaced.Load(),
		PID: os.Getpid(), Scheduling: d.priority.String(), UptimeS: time.Since(d.started).Seconds(),
	}
	if s.State == supervisor.WaitingForDevice || s.State == supervisor.WaitingForServer {
		st.Source, st.SourceDescription = "", "" // the one used last is gone
	}
	if u := d.stats.taken.Load(); u != nil {
		st.CPUPercent, st.RSSMB = u.cpuPercent, u.residentMB
	}
	if u := d.programs.Load(); u != nil {
		st.Apps, st.RawApps = u.apps, u.raw
	}
	if m := d.mutes.Load(); m != nil {
		st.SourceMuted, st.SinkMuted = m.source, m.sink
	}
	st.Echo, st.Speaker = d.echoStatus(set.Echo), d.speakerStatus(set.Speaker)
	st.Focus = d.focusStatus(set.Focus, s.Live)
	m := d.factory.Load()
	st.Model, st.InUse = m.Name, m.inUse(e.Level())
	st.Welcome, st.ConfigProblem = !d.welcomed.Load(), d.o.ConfigProblem
	st.PageOff = d.o.Page == nil || d.o.Config.Control.Listen == control.PageOff
	if srv := d.server.Load(); srv != nil {
		st.Page = srv.Page()
	}
	if s.Live {
		st.Latency = d.latency()
		st.LatencyMS, st.RingMS = st.Latency.Total(), st.Latency.RingMS
	}
	st.Notices = control.Notices(st)
	return st
}

// echoStatus says what becomes of the echo of loudspeakers.
func (d *Daemon) echoStatus(m control.EchoMode) control.Echo {
	s := d.echo.Status()
	return control.Echo{Mode: m, State: s.State, Output: s.Output, DelayMS: s.Delay, DriftPPM: s.Drift, RemovedDB: s.Removed}
}

// speakerStatus says what becomes of what others say.
func (d *Daemon) speakerStatus(set speaker.Settings) control.Speaker {
	s := d.speaker.Status()
	return control.Speaker{
		On: set.On, Strength: set.Strength.String(), StrengthDB: float64(set.Strength), Device: set.Device,
		State: s.State, Reason: s.Reason, Cable: s.Cable, Output: s.Output, Apps: s.Apps,
		Loop: s.Loop, Music: s.Music, Passing: s.Passing,
		RemovedDB: s.RemovedDB, DelayMS: s.DelayMS, Hops: s.Hops, Missed: s.Missed, Dropped: s.Dropped,
		Underruns: s.Underruns, Restarts: s.Restarts,
	}
}
