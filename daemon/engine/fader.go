package engine

import "github.com/stillmic/stillmic/audioio"

// fader mixes the processed and the unprocessed signal; a change takes one hop.
type fader struct{ now, target float32 }

func (f *fader) jump(v float32) { f.now, f.target = v, v }

// to makes the next mix move to the processed signal or away from it.
func (f *fader) to(wet bool) {
	f.target = 0
	if wet {
		f.target = 1
	}
}

// mix leaves in wet what is to be heard. Both ends are exact.
func (f *fader) mix(wet, dry *audioio.Block) {
	switch {
	case f.now == 1 && f.target == 1:
		return
	case f.now == 0 && f.target == 0:
		*wet = *dry
		return
	}
	step := (f.target - f.now) / audioio.BlockSize
	for i := range wet {
		g := f.target - step*float32(audioio.BlockSize-1-i)
		wet[i] = dry[i] + g*(wet[i]-dry[i])
	}
	f.now = f.target
}

// gain fades b to silence or back; it is exact at both ends.
func (f *fader) gain(b *audioio.Block) {
	if f.now == 1 && f.target == 1 {
		return
	}
	step := (f.target - f.now) / audioio.BlockSize
	for i := range b {
		b[i] *= f.target - step*float32(audioio.BlockSize-1-i)
	}
	f.now = f.target
}
