package clean

import (
	"math"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/recording"
	"github.com/stillmic/stillmic/daemon/preset"
	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model"
)

// told is a Processor that changes nothing and is told where speech is, and in which channels
// somebody talks, if not in all.
type told struct {
	recording.Processor
	speech func(hop int) float32
	hop    int
	voice  func(hop, channel int) bool
}

func (b *told) Process(dst, src [][]float32) { b.Processor.Process(dst, src); b.hop++ }
func (b *told) Speech(int) float32           { return b.speech(b.hop - 1) }
func (b *told) Voice(channel int) bool       { return b.voice == nil || b.voice(b.hop-1, channel) }

func toldOptions(speech func(hop int) float32) Options {
	return Options{NewProcessor: func(channels, _ int) (recording.Processor, error) {
		b, err := newThrough(channels, 0)
		return &told{Processor: b, speech: speech}, err
	}, TruePeak: -1}
}

// level is the level of a part of mono samples in dB, from and to in seconds.
func level(x []float32, rate int, from, to float64) float64 {
	part := x[int(from*float64(rate)):int(to*float64(rate))]
	return dsp.PowerDB(float64(dsp.Energy(part)) / float64(len(part)))
}

// TestLoudnessFollowsSpeechAlone: a voice is brought to its loudness, and what is left in a
// pause of seconds is as loud as it was; a loud voice is lowered with all that is between.
func TestLoudnessFollowsSpeechAlone(t *testing.T) {
	for _, rate := range []int{48000, 44100, 11025} {
		x := phrases(3, rate, 1, 4, 0.05)
		noise := make([]float32, 4*rate)
		r := rand.New(rand.NewPCG(1, 2))
		for i := range noise {
			noise[i] = float32(0.001 * r.NormFloat64())
		}
		x = append(append(x, noise...), phrases(4, rate, 1, 4, 0.05)...)
		dir := t.TempDir()
		in, out := filepath.Join(dir, "in.wav"), filepath.Join(dir, "out.wav")
		writeFile(t, in, pcm.Format{Rate: rate, Channels: 1, Encoding: pcm.Float32}, x)
		o := toldOptions(func(hop int) float32 {
			if hop >= 400 && hop < 800 {
				return 0.05
			}
			return 0.9
		})
		for _, target := range []float64{-20, -50} {
			o.Loudness, o.Overwrite = target, true
			res, err := File(t.Context(), Job{In: in, Out: out}, o)
			if err != nil {
				t.Fatal(err)
			}
			y, _ := readFile(t, out)
			voice, pause := level(y, rate, 1, 3)-level(x, rate, 1, 3), level(y, rate, 5.5, 7.5)-level(x, rate, 5.5, 7.5)
			loudness, _ := ebur128(t, out)
			t.Logf("%d Hz to %.0f LUFS: voice %.2f dB, pause %.2f dB, ffmpeg says %.2f LUFS, noise %v", rate, target, voice, pause, loudness, res.Noise)
			if math.Abs(loudness-target) > 0.25 || math.Abs(pause-min(voice, 0)) > 0.3 {
				t.Errorf("%d Hz to %.0f LUFS: %.2f LUFS, the voice is changed by %.2f dB, the pause by %.2f dB", rate, target, loudness, voice, pause)
			}
			if math.Abs(float64(res.Noise.Before)+60) > 0.3 || math.Abs(float64(res.Noise.After)+60-min(voice, 0)) > 0.4 {
				t.Errorf("noise is said to be %v", res.Noise)
			}
			if math.Abs(float64(res.LUFS.After)-target) > 0.1 || math.Abs(float64(res.LUFS.After-res.LUFS.Before)-voice) > 0.5 {
				t.Errorf("loudness is said to be %v", res.LUFS)
			}
			if again := level(y, rate, 8.5, 11.5) - level(x, rate, 8.5, 11.5); math.Abs(again-voice) > 0.3 {
				t.Errorf("the first part is changed by %.2f dB, the last by %.2f dB", voice, again)
			}
		}
	}
}

// TestLoudnessNeedsAVoice: what the network takes for speech is made louder where somebody talks in one
// channel at least, by what is known at the end; without that, a soft recording stays as it is, and a loud one is lowered.
func TestLoudnessNeedsAVoice(t *testing.T) {
	const rate, channels = 48000, 2
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.wav"), filepath.Join(dir, "out.wav")
	x := phrases(8, rate, channels, 6, 0.05)
	writeFile(t, in, pcm.Format{Rate: rate, Channels: channels, Encoding: pcm.Float32}, x)
	for name, c := range map[string]struct {
		voice  func(hop, channel int) bool
		target float64
		moves  bool
	}{
		"nobody":             {func(int, int) bool { return false }, -20, false},
		"taken back":         {func(hop, _ int) bool { return hop < 200 }, -20, false},
		"nobody, too loud":   {func(int, int) bool { return false }, -60, true},
		"the second, lastly": {func(hop, channel int) bool { return channel == 1 && hop > 400 }, -20, true},
		"everybody":          {nil, -20, true},
	} {
		o := Options{Loudness: c.target, TruePeak: -1, Overwrite: true, NewProcessor: func(channels, _ int) (recording.Processor, error) {
			b, err := newThrough(channels, 0)
			return &told{Processor: b, speech: func(int) float32 { return 0.9 }, voice: c.voice}, err
		}}
		res, err := File(t.Context(), Job{In: in, Out: out}, o)
		if err != nil {
			t.Fatal(err)
		}
		y, _ := readFile(t, out)
		l, want := res.Loudness, 0.0
		if c.moves {
			want = float64(l.Gain)
		}
		got := level(y, rate*channels, 1, 5) - level(x, rate*channels, 1, 5)
		t.Logf("%s: %.1f dB, %q", name, got, l.Warning)
		if (l.Gain != 0) != c.moves || (l.Warning == "") != c.moves || math.Abs(got-want) > 0.3 {
			t.Errorf("%s: changed by %.2f dB, said to be %+v", name, got, l)
		}
	}
}

// TestNoPresetRaisesNoise: every preset leaves a recording without a voice as quiet as it is
// without it, or quieter.
func TestNoPresetRaisesNoise(t *testing.T) {
	dir := t.TempDir()
	in := filepath.Join(dir, "in.wav")
	const rate = 48000
	x := make([]float32, 6*rate)
	r := rand.New(rand.NewPCG(5, 6))
	smooth := 0.0
	for i := range x {
		smooth += 0.02 * (r.NormFloat64() - smooth)
		x[i] = float32(0.3 * smooth * (1 + 0.5*math.Sin(2*math.Pi*2*float64(i)/rate)))
	}
	writeFile(t, in, pcm.Format{Rate: rate, Channels: 1, Encoding: pcm.Float32}, x)
	w, err := model.Default()
	if err != nil {
		t.Fatal(err)
	}
	cleaned := func(voices func(int) []recording.VoiceChain, loudness float64) (dB float64, l *Loudness) {
		o := Options{TruePeak: -1, Overwrite: true, Loudness: loudness, NewProcessor: func(channels, _ int) (recording.Processor, error) {
			return recording.NewProcessor(w, channels, recording.ProcessorOptions{Strength: 20, Chains: voices})
		}}
		out := filepath.Join(dir, "out.wav")
		res, err := File(t.Context(), Job{In: in, Out: out}, o)
		if err != nil {
			t.Fatal(err)
		}
		y, _ := readFile(t, out)
		return level(y, rate, 0, 6), res.Loudness
	}
	without, _ := cleaned(nil, 0)
	for _, name := range preset.Names() {
		p, err := preset.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		with, l := cleaned(chains(p.Voice), p.Loudness)
		t.Logf("%s: noise of %.1f dBFS, cleaned %.1f, with the preset's voice %.1f", name, level(x, rate, 0, 6), without, with)
		if l != nil && (l.Warning == "" || l.Gain != 0) {
			t.Errorf("%s: %+v", name, l)
		}
		if with > without+0.1 {
			t.Errorf("%s raises noise by %.1f dB", name, with-without)
		}
	}
}

// TestSpoken: what lies near speech is marked.
func TestSpoken(t *testing.T) {
	var word speechTrack
	for i := range 100000 {
		p := float32(0.1)
		if i > 70000 && i < 70150 {
			p = 1
		}
		word.add(p)
	}
	near, all := word.spoken()
	if all || !near[70000] || near[69990] || !near[70160] || near[70170] {
		t.Error("what lies near speech is not marked")
	}
}
