package recording_test

import (
	"context"
	"fmt"
	"log"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/recording"
	"github.com/stillmic/stillmic/audioio/wav"
	"github.com/stillmic/stillmic/model"
)

// A file of any rate is cleaned in one call.
func ExampleClean() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	in, out := filepath.Join(dir, "talk.wav"), filepath.Join(dir, "talk-clean.wav")
	if err := wav.WriteFile(in, pcm.Format{Rate: 44100, Channels: 1}, hiss(44100)); err != nil {
		log.Fatal(err)
	}

	result, err := recording.Clean(context.Background(), in, out, recording.Options{Limit: 30})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d frames of %d channel at %d Hz\n", result.Frames, result.Channels, result.Rate)
	// Output: 44100 frames of 1 channel at 44100 Hz
}

// A stream, whatever its rate, is cleaned piece by piece.
func ExampleCleaner() {
	const rate, channels = 16000, 2
	weights, err := model.LowLatency()
	if err != nil {
		log.Fatal(err)
	}
	processor, err := recording.NewProcessor(weights, channels, recording.ProcessorOptions{Strength: 100})
	if err != nil {
		log.Fatal(err)
	}
	cleaner, err := recording.NewCleaner(rate, channels, processor)
	if err != nil {
		log.Fatal(err)
	}
	in, out := hiss(2*rate*channels), []float32(nil)
	for at := 0; at < len(in); at += 160 * channels { // as it comes: 10 ms at a time
		out = append(out, cleaner.Process(in[at:at+160*channels]).Clean...)
	}
	out = append(out, cleaner.Flush(2*rate).Clean...)

	end := len(in) / 2
	fmt.Printf("%d of %d samples, the noise is lowered: %v\n", len(out), len(in), level(out[end:]) < level(in[end:])-20)
	// Output: 64000 of 64000 samples, the noise is lowered: true
}

// hiss is noise of -36 dBFS.
func hiss(n int) []float32 {
	r := rand.New(rand.NewPCG(1, 2))
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(0.016 * r.NormFloat64())
	}
	return x
}

// level is that of samples, in dB re full scale.
func level(x []float32) float64 {
	sum := 1e-20
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	return 10 * math.Log10(sum/float64(len(x)))
}
