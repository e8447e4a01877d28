// Command live runs a recording of one channel at 48 kHz through what a call runs: the engine of the
// daemon, which hears hops of 10 ms, with the daemon's own network, strength and focus. There is no
// sound server, so it is as fast as the machine. The result is moved to where it lay in the recording.
//
//	live [-focus off|near|me] [-voice-print FILE] IN.wav OUT.wav
//
// There is no voice processing, echo canceller or other step of the daemon: what is measured is what the
// focus does. Exit code 1: it failed; 2: the arguments are wrong.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/recording"
	"github.com/stillmic/stillmic/audioio/wav"
	"github.com/stillmic/stillmic/daemon/config"
	"github.com/stillmic/stillmic/daemon/engine"
	"github.com/stillmic/stillmic/daemon/enrol"
	"github.com/stillmic/stillmic/daemon/focus"
	"github.com/stillmic/stillmic/model"
	networks "github.com/stillmic/stillmic/model/focus"
)

func main() {
	mode := focus.Off
	flag.Func("focus", "whose voices stay: off, near or me", func(v string) error { return mode.UnmarshalText([]byte(v)) })
	voicePrint := flag.String("voice-print", "", "with -focus me, the `file` of the voice")
	flag.Parse()
	if flag.NArg() != 2 {
		fmt.Fprintln(os.Stderr, "live: name a recording and a file for the result")
		os.Exit(2)
	}
	if err := run(flag.Arg(0), flag.Arg(1), mode, *voicePrint); err != nil {
		fmt.Fprintf(os.Stderr, "live: %v\n", err)
		os.Exit(1)
	}
}

func run(in, out string, mode focus.Mode, voicePrint string) error {
	x, err := read(in)
	if err != nil {
		return err
	}
	f, err := lowering(mode, voicePrint)
	if err != nil {
		return err
	}
	y, err := called(x, f)
	if err != nil {
		return err
	}
	return wav.WriteFile(out, pcm.Format{Rate: audioio.SampleRate, Channels: 1, Encoding: pcm.Float32}, y)
}

// read returns the samples of a recording.
func read(path string) (all []float32, err error) {
	r, err := recording.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	if r.Rate() != audioio.SampleRate || r.Channels() != 1 {
		return nil, fmt.Errorf("%s has %d channels at %d Hz: one at %d Hz is needed", path, r.Channels(), r.Rate(), audioio.SampleRate)
	}
	part := make([]float32, audioio.SampleRate)
	for {
		n, err := r.Read(part)
		all = append(all, part[:n]...)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", path, err)
		}
	}
}

// lowering returns what the daemon uses for a mode; nil for everybody's voices.
func lowering(mode focus.Mode, voicePrint string) (engine.Focus, error) {
	switch mode {
	case focus.Near:
		return networks.NewNear()
	case focus.Me:
		p, err := enrol.Read(voicePrint)
		if err != nil {
			return nil, err
		}
		return networks.NewMe(p)
	default:
		return nil, nil
	}
}

// called returns what callers hear of a microphone, without the delay.
func called(x []float32, f engine.Focus) ([]float32, error) {
	w, err := model.Default()
	if err != nil {
		return nil, err
	}
	s := model.NewSuppressor(w)
	delay := s.Delay()
	e := engine.New(s, config.Default().Suppression.Strength)
	if f != nil {
		delay += f.Delay()
		e.SetFocus(f)
	}
	var y []float32
	var in, out audioio.Block
	for at := 0; len(y) < delay+len(x); at += len(in) {
		clear(in[:])
		copy(in[:], x[min(at, len(x)):])
		e.Hop(&out, &in)
		y = append(y, out[:]...)
	}
	if e.Broken() || f != nil && e.FocusFailed() {
		return nil, errors.New("the engine failed, the microphone was passed on")
	}
	return y[delay : delay+len(x)], nil
}
