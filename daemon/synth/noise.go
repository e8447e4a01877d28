package synth

import (
	"math"
	"math/rand/v2"

	"github.com/stillmic/stillmic/audioio"
)

// Fan returns the noise of a fan near a microphone: pink noise, falling by
// 3 dB per octave, with the hum of its motor at 120 Hz and the harmonics of
// it, at an RMS of rms.
func Fan(n int, rms float64, seed uint64) []float32 {
	r := rand.New(rand.NewPCG(seed, 1))
	x := make([]float32, n)
	var b [3]float64
	for i := range x {
		// Pink noise by three one-pole filters (P. Kellet's economy method):
		// within 0.5 dB of -3 dB per octave.
		w := 2*r.Float64() - 1
		b[0] = 0.99765*b[0] + w*0.0990460
		b[1] = 0.96300*b[1] + w*0.2965164
		b[2] = 0.57000*b[2] + w*1.0526913
		v := b[0] + b[1] + b[2] + 0.1848*w
		t := float64(i) / audioio.SampleRate
		for h := 1; h <= 5; h++ {
			v += 0.6 / float64(h*h) * math.Sin(2*math.Pi*120*float64(h)*t+float64(h))
		}
		x[i] = float32(v)
	}
	setRMS(x, rms)
	return x
}

// Typing returns the clicks of a keyboard: short decaying bursts of noise, one
// for the press and a softer one for the release, 3 to 8 keys per second, the
// loudest at peak.
func Typing(n int, peak float64, seed uint64) []float32 {
	r := rand.New(rand.NewPCG(seed, 2))
	x := make([]float32, n)
	click := func(at int, gain float64) {
		decay := math.Exp(-1 / (audioio.SampleRate * (0.002 + 0.004*r.Float64())))
		last := 0.0
		for i := at; i < min(at+audioio.SampleRate/20, n); i++ {
			w := 2*r.Float64() - 1
			x[i] += float32(gain * (w - 0.6*last))
			last = w
			gain *= decay
		}
	}
	for at := 0; at < n; {
		at += int(audioio.SampleRate * (0.12 + 0.2*r.Float64()))
		loud := peak * (0.4 + 0.6*r.Float64())
		click(at, loud)
		click(at+int(audioio.SampleRate*(0.05+0.04*r.Float64())), loud/3)
	}
	return x
}

// setRMS scales x to an RMS.
func setRMS(x []float32, rms float64) {
	sum := 0.0
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	if sum == 0 {
		return
	}
	g := float32(rms / math.Sqrt(sum/float64(len(x))))
	for i := range x {
		x[i] *= g
	}
}

// Mix returns the sum of the voice and noise as long as the voice, with the
// noise scaled so that the voice, measured where it is active, lies snr dB
// above it.
func Mix(voice, noise []float32, snr float64) []float32 {
	active, count := 0.0, 0
	const frame = audioio.BlockSize
	for i := 0; i+frame <= len(voice); i += frame {
		e := energy(voice[i : i+frame])
		if e > frame*1e-5 { // -50 dBFS
			active += e
			count += frame
		}
	}
	total := energy(noise)
	out := append([]float32(nil), voice...)
	if count == 0 || total == 0 {
		return out
	}
	ratio := (active / float64(count)) / (total / float64(len(noise)))
	g := float32(math.Sqrt(ratio) * math.Pow(10, -snr/20))
	for i := range out {
		out[i] += g * noise[i%len(noise)]
	}
	return out
}

func energy(x []float32) float64 {
	sum := 0.0
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	return sum
}
