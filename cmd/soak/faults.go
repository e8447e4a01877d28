//go:build linux

package main

import (
	"context"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/stillmic/stillmic/audioio/pulse"
)

// fault breaks something and returns when all is there again that is not ours
// to bring: the server, the microphone.
type fault struct {
	name     string
	daemon   bool // ends the daemon, and with it what is known of its memory
	harmless bool // nobody is to hear anything
	do       func(ctx context.Context, s *soak) (whole time.Time, err error)
}

// headset is a second microphone; nobody speaks into it.
const headset = "headset"

var faults = []fault{
	{"server killed and started again", false, false, func(ctx context.Context, s *soak) (time.Time, error) {
		s.mic.Forget()
		s.server.Kill()
		sleep(ctx, s.between(100*time.Millisecond, 3*time.Second))
		if err := s.server.Restart(); err != nil {
			return time.Now(), err
		}
		err := s.mic.Plug()
		return time.Now(), err
	}},
	{"microphone pulled out and put back", false, false, func(ctx context.Context, s *soak) (time.Time, error) {
		if err := s.mic.Unplug(); err != nil {
			return time.Now(), err
		}
		sleep(ctx, s.between(100*time.Millisecond, 6*time.Second))
		err := s.mic.Plug()
		return time.Now(), err
	}},
	{"chosen microphone pulled out and put back", false, false, func(ctx context.Context, s *soak) (time.Time, error) {
		c := s.daemon.client()
		defer c.Close()
		if _, err := c.SetDevice(ctx, s.mic.Name(), 0); err != nil {
			return time.Now(), err
		}
		if err := s.mic.Unplug(); err != nil {
			return time.Now(), err
		}
		sleep(ctx, s.between(100*time.Millisecond, 6*time.Second))
		if err := s.mic.Plug(); err != nil {
			return time.Now(), err
		}
		whole := time.Now()
		s.hears(ctx, whole)
		_, err := c.SetDevice(ctx, "", 0)
		return whole, err
	}},
	{"another microphone becomes the default for a while", false, false, func(ctx context.Context, s *soak) (time.Time, error) {
		if err := s.server.AddMic(headset, []int{8000, 16000, 44100, 48000}[s.rand.IntN(4)], 1+s.rand.IntN(2)); err != nil {
			return time.Now(), err
		}
		if err := s.server.SetDefaultSource(headset); err != nil {
			return time.Now(), err
		}
		sleep(ctx, s.between(500*time.Millisecond, 3*time.Second))
		err := s.server.SetDefaultSource(s.mic.Name())
		whole := time.Now()
		s.hears(ctx, whole)
		if err == nil {
			err = s.server.RemoveMic(headset)
		}
		return whole, err
	}},
	{"our own microphone becomes the default", false, true, func(ctx context.Context, s *soak) (time.Time, error) {
		if err := s.server.SetDefaultSource(pulse.MicName); err != nil {
			return time.Now(), err
		}
		sleep(ctx, s.between(500*time.Millisecond, 2*time.Second))
		err := s.server.SetDefaultSource(s.mic.Name())
		return time.Now(), err
	}},
	{"our modules unloaded by somebody", false, false, func(_ context.Context, s *soak) (time.Time, error) {
		list, err := s.server.Modules()
		if err != nil {
			return time.Now(), err
		}
		for _, m := range slices.Backward(list) {
			if strings.Contains(m.Args, "stillmic.owner") {
				if err := s.server.UnloadModule(m.Index); err != nil {
					return time.Now(), err
				}
				break // the rest is the daemon's to clear away
			}
		}
		return time.Now(), nil
	}},
	{"server stands still", false, false, func(ctx context.Context, s *soak) (time.Time, error) {
		if err := s.server.Pause(); err != nil {
			return time.Now(), err
		}
		sleep(ctx, s.between(500*time.Millisecond, 5*time.Second))
		err := s.server.Resume()
		return time.Now(), err
	}},
	{"daemon stands still", false, false, func(ctx context.Context, s *soak) (time.Time, error) {
		if err := s.daemon.signal(syscall.SIGSTOP); err != nil {
			return time.Now(), err
		}
		sleep(ctx, s.between(200*time.Millisecond, 5*time.Second))
		err := s.daemon.signal(syscall.SIGCONT)
		return time.Now(), err
	}},
	{"nobody listens for 7 s", false, false, func(ctx context.Context, s *soak) (time.Time, error) {
		s.deaf(ctx, 7*time.Second)
		return time.Now(), nil
	}},
	{"a client that records and never reads", false, true, func(ctx context.Context, s *soak) (time.Time, error) {
		stop, err := s.server.RecordUnread(pulse.MicName)
		if err != nil {
			return time.Now(), err
		}
		sleep(ctx, s.between(2*time.Second, 8*time.Second))
		stop()
		return time.Now(), nil
	}},
	{"daemon killed and started again", true, false, func(_ context.Context, s *soak) (time.Time, error) {
		if err := s.daemon.end(syscall.SIGKILL); err != nil {
			return time.Now(), err
		}
		err := s.daemon.start()
		return time.Now(), err
	}},
	{"daemon told to stop and started again", true, false, func(_ context.Context, s *soak) (time.Time, error) {
		if err := s.daemon.end(syscall.SIGTERM); err != nil {
			return time.Now(), err
		}
		s.leftovers = append(s.leftovers, s.left(true)...)
		err := s.daemon.start()
		return time.Now(), err
	}},
}

// sleep waits, at most until ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
