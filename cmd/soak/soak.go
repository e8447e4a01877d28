//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"syscall"
	"time"

	"github.com/stillmic/stillmic/audioio/pulse"
	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/daemon/control"
)

const (
	// patience is how long audio may take to be back before the fault counts as
	// not recovered from.
	patience = 15 * time.Second

	// settle is what comes after a fault and is not judged: the delay finds its
	// base, which may take a second and a pause of two.
	settle = 4 * time.Second

	// stallLimit is how long the machine may stand still unnoticed: a period of
	// a sound server.
	stallLimit = 5 * time.Millisecond
)

// span is a time in which something was done on purpose.
type span struct{ from, to time.Time }

// soak is one run.
type soak struct {
	server *soundserver.Server
	mic    mic
	daemon *program
	in     *ear // the microphone
	out    *ear // what a call hears
	voice  control.Voice
	rand   *rand.Rand // of the one goroutine that breaks things
	log    io.Writer  // for one line per fault and call
	stalls *soundserver.StallWatch

	stopOut func() // ends the listening

	counted []counts // of the last minute, the report's

	mu        sync.Mutex // guards what follows
	spans     []span
	open      bool // the last span still lasts
	recovered map[string][]time.Duration
	failures  []string
	leftovers []string
	calls     int
	restarts  time.Time // when the daemon was started last
}

// between returns a random time.
func (s *soak) between(least, most time.Duration) time.Duration {
	return least + time.Duration(s.rand.Int64N(int64(most-least)))
}

// fail remembers what ought not to be.
func (s *soak) fail(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := fmt.Sprintf(format, args...)
	s.failures = append(s.failures, text)
	fmt.Fprintln(s.log, stamp(), "FAILED:", text)
}

// disturb begins a time that is not judged.
func (s *soak) disturb() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spans = append(s.spans, span{from: time.Now()})
	s.open = true
}

// calm ends it.
func (s *soak) calm() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spans[len(s.spans)-1].to = time.Now().Add(settle)
	s.open = false
}

// disturbed reports whether anything was done on purpose between two times.
func (s *soak) disturbed(from, to time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, d := range s.spans {
		last := i == len(s.spans)-1 && s.open
		if to.After(d.from) && (last || from.Before(d.to)) {
			return true
		}
	}
	return false
}

// hears waits until the call hears the signal again and returns how long after
// whole that is.
func (s *soak) hears(ctx context.Context, whole time.Time) (time.Duration, bool) {
	for ctx.Err() == nil {
		if at := s.out.heardAt(); at.After(whole) {
			return at.Sub(whole), true
		}
		if time.Since(whole) > patience {
			return patience, false
		}
		time.Sleep(2 * time.Millisecond)
	}
	return 0, true // not waited for
}

// listen lets the call listen.
func (s *soak) listen(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	var ended sync.WaitGroup
	ended.Go(func() { s.out.listen(ctx, s.server) })
	s.stopOut = func() { cancel(); ended.Wait() }
}

// deaf ends the call for a time.
func (s *soak) deaf(ctx context.Context, d time.Duration) {
	s.stopOut()
	sleep(ctx, d)
	s.listen(context.WithoutCancel(ctx)) // it ends with stopOut
}

// drive breaks things and asks for things until ctx ends.
func (s *soak) drive(ctx context.Context, begin time.Time, length time.Duration) {
	for ctx.Err() == nil {
		sleep(ctx, s.between(2*time.Second, 12*time.Second))
		if ctx.Err() != nil {
			return
		}
		if s.daemon.died() {
			s.fail("the daemon ended by itself")
			if err := s.daemon.start(); err != nil {
				s.fail("%v", err)
				return
			}
		}
		if s.rand.IntN(2) == 0 {
			s.ask(ctx, calls[s.rand.IntN(len(calls))])
			continue
		}
		f := faults[s.rand.IntN(len(faults))]
		// After the first tenth the daemon lives to the end, so that it can be
		// seen whether it grows.
		if f.daemon && time.Since(begin) > length/10 {
			continue
		}
		s.break1(ctx, f)
	}
}

// break1 does one fault and waits until audio is back.
func (s *soak) break1(ctx context.Context, f fault) {
	if !f.harmless {
		s.disturb()
		defer s.calm()
	}
	whole, err := f.do(context.WithoutCancel(ctx), s)
	if err != nil {
		s.fail("%s: %v", f.name, err)
		return
	}
	if f.daemon {
		s.mu.Lock()
		s.restarts = time.Now()
		s.mu.Unlock()
	}
	before := s.stalls.StoodStill()
	took, ok := s.hears(context.WithoutCancel(ctx), whole)
	still := s.stalls.StoodStill() - before
	switch {
	case !ok:
		s.fail("%s: no audio %v after all was there again", f.name, patience)
	case took-still > recoveryMark:
		s.fail("%s: audio only %.2f s after all was there again; the machine stood still for %.2f s of that", f.name,
			took.Seconds(), still.Seconds())
	}
	s.mu.Lock()
	s.recovered[f.name] = append(s.recovered[f.name], took)
	s.mu.Unlock()
	fmt.Fprintf(s.log, "%s   %s: audio after %v\n", stamp(), f.name, took.Round(time.Millisecond))
}

// ask makes one call.
func (s *soak) ask(ctx context.Context, c call) {
	client := s.daemon.client()
	defer client.Close()
	if c.audible {
		s.disturb()
		defer s.calm()
	}
	// A call that has begun is finished.
	ctx = context.WithoutCancel(ctx)
	if err := c.do(ctx, s, client); err != nil {
		s.fail("call %s: %v", c.name, err)
	}
	if c.audible {
		sleep(ctx, s.between(200*time.Millisecond, 2*time.Second))
		if err := s.restore(ctx, client); err != nil {
			s.fail("set back after call %s: %v", c.name, err)
		}
		if _, ok := s.hears(ctx, time.Now()); !ok {
			s.fail("call %s: no audio %v after it was set back", c.name, patience)
		}
	}
	s.mu.Lock()
	s.calls++
	s.mu.Unlock()
	fmt.Fprintf(s.log, "%s   call: %s\n", stamp(), c.name)
}

// run is the whole of it.
func run(ctx context.Context, s *soak, length time.Duration, report *report) (err error) {
	inCtx, stopIn := context.WithCancel(context.Background())
	var beside sync.WaitGroup
	defer func() { stopIn(); beside.Wait() }()
	if err := s.mic.Plug(); err != nil {
		return fmt.Errorf("plug in the microphone: %w", err)
	}
	beside.Go(func() { s.mic.Run(inCtx) })
	before, err := moduleList(s.server)
	if err != nil {
		return err
	}
	if err := s.daemon.start(); err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, s.daemon.end(syscall.SIGTERM))
		report.left(s, before)
	}()
	s.in, s.out = &ear{name: s.mic.Name()}, &ear{name: pulse.MicName}
	beside.Go(func() { s.in.listen(inCtx, s.server) })
	began := time.Now()
	s.listen(context.Background())
	defer func() { s.stopOut() }()
	took, ok := s.hears(ctx, began)
	if !ok {
		return errors.New("no audio at the start")
	}
	fmt.Fprintf(s.log, "%s   audio %v after the start\n", stamp(), took.Round(time.Millisecond))
	c := s.daemon.client()
	st, err := c.Status(ctx)
	c.Close()
	if err != nil {
		return err
	}
	s.voice = st.Voice
	sleep(ctx, settle)
	s.in.take()
	s.out.take()
	ctx, cancel := context.WithTimeout(ctx, length)
	defer cancel()
	s.stalls = soundserver.WatchStalls(stallLimit)
	defer s.stalls.Stop()
	var driver sync.WaitGroup
	driver.Go(func() { s.drive(ctx, began, length) })
	report.minutes(ctx, s)
	driver.Wait()
	return nil
}

// stamp is the time for a line.
func stamp() string { return time.Now().Format("15:04:05") }
