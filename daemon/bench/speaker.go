package bench

import (
	"runtime"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/synth"
	"github.com/stillmic/stillmic/dsp/echo"
)

// SpeakerCleaner cleans a hop of both channels in place, as Stillmic Speaker does.
type SpeakerCleaner interface {
	Clean(left, right *audioio.Block)
}

// Part is what something beside the microphone's engine costs a hop.
type Part struct {
	FrameUS        control.Quantiles `json:"frame_us"`
	AllocsPerFrame float64           `json:"allocs_per_frame"`
}

// Speaker measures the virtual output's part: a noisy voice, louder on one side.
func Speaker(c SpeakerCleaner, seconds float64) Part {
	left := synth.Mix(synth.Voice(input, 3), synth.Fan(input, 0.05, 4), 10)
	var l, r audioio.Block
	return part(seconds, func(at int) {
		copy(l[:], left[at:])
		for i, v := range l {
			r[i] = 0.7 * v
		}
		c.Clean(&l, &r)
	})
}

// Echo measures the canceller's part: a voice from a loudspeaker, and another one beside it.
func Echo(seconds float64) Part {
	far, near := synth.Voice(input, 5), synth.Mix(synth.Voice(input, 6), synth.Fan(input, 0.01, 7), 20)
	mic := make([]float32, input)
	for i := range mic {
		mic[i] = 0.3 * near[i]
		for _, tap := range [...]struct {
			late int
			gain float32
		}{{300, 0.4}, {1100, 0.2}, {2500, -0.1}} {
			mic[i] += tap.gain * far[(i-tap.late+input)%input]
		}
	}
	c := echo.New()
	var out [audioio.BlockSize]float32
	return part(seconds, func(at int) {
		c.Play(far[at:][:audioio.BlockSize])
		c.Process(out[:], mic[at:][:audioio.BlockSize])
	})
}

// part measures what is done with the hop that begins at a sample of the input.
func part(seconds float64, hop func(at int)) Part {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	hops := int(seconds * audioio.SampleRate / audioio.BlockSize)
	took, allocs := measure(hops, input, func() {}, hop)
	return Part{quantiles(took), allocs}
}
