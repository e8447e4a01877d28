package clean

import (
	"encoding/binary"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stillmic/stillmic/audioio/metadata"
	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/recording"
	"github.com/stillmic/stillmic/audioio/wav"
	"github.com/stillmic/stillmic/daemon/synth"
	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model"
)

// wideOptions cleans with strength 0 and widens.
func wideOptions(t *testing.T) Options {
	t.Helper()
	w, err := model.Default()
	if err != nil {
		t.Fatal(err)
	}
	return Options{Widen: true, NewProcessor: func(channels, recordedAt int) (recording.Processor, error) {
		return recording.NewProcessor(w, channels, recording.ProcessorOptions{Widen: recordedAt})
	}}
}

// writeRecording writes a WAV file and returns its path.
func writeRecording(t *testing.T, x []float32, rate, channels int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "in.wav")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := wav.NewWriter(f, pcm.Format{Rate: rate, Channels: channels, Encoding: pcm.Float32}, metadata.Metadata{})
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{w.Write(x), w.Close(), f.Close()} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// readRecording returns all samples of a recording and its rate.
func readRecording(t *testing.T, path string) (x []float32, rate int) {
	t.Helper()
	r, err := recording.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	p := make([]float32, 4096*r.Channels())
	for {
		n, err := r.Read(p)
		if n == 0 {
			if err != io.EOF {
				t.Fatal(err)
			}
			return x, r.Rate()
		}
		x = append(x, p[:n*r.Channels()]...)
	}
}

// A widened recording has 48 kHz and lasts as long to the sample, its own band is
// where it was and as it was, and above there is something now.
func TestWiden(t *testing.T) {
	for _, rate := range []int{8000, 11025, 16000, 24000} {
		voice := at(t, synth.Voice(3*dsp.SampleRate, 5), rate)
		in := writeRecording(t, voice, rate, 1)
		out := filepath.Join(t.TempDir(), "out.wav")
		res, err := File(t.Context(), Job{In: in, Out: out}, wideOptions(t))
		if err != nil {
			t.Fatal(err)
		}
		got, gotRate := readRecording(t, out)
		want := (int64(len(voice))*dsp.SampleRate + int64(rate)/2) / int64(rate)
		if gotRate != dsp.SampleRate || int64(len(got)) != want || res.Widened != rate || res.Frames != want {
			t.Fatalf("%d Hz: %d samples at %d Hz, want %d; %+v", rate, len(got), gotRate, want, res)
		}
		// Brought back to its rate it is the recording again.
		back := at(t, got, rate)
		var signal, rest float64
		for i, v := range voice[:min(len(voice), len(back))] {
			signal += float64(v) * float64(v)
			rest += float64(v-back[i]) * float64(v-back[i])
		}
		if snr := 10 * math.Log10(signal/rest); snr < 25 {
			t.Errorf("%d Hz: its own band is kept with %.1f dB", rate, snr)
		}
		if above := energyAbove(got, float64(rate)/2); above < -75 || above > -25 {
			t.Errorf("%d Hz: above its band there are %.1f dB of the whole", rate, above)
		}
	}
}

// energyAbove is the share of the energy above a frequency, in dB.
func energyAbove(x []float32, hz float64) float64 {
	var a dsp.Analyzer
	var spec [dsp.Bins]complex64
	var above, all float64
	for i := 0; i+dsp.Hop <= len(x); i += dsp.Hop {
		a.Analyze(spec[:], x[i:][:dsp.Hop])
		for k, v := range spec {
			p := float64(real(v))*float64(real(v)) + float64(imag(v))*float64(imag(v))
			if all += p; float64(k*dsp.BinHz) > hz {
				above += p
			}
		}
	}
	return 10 * math.Log10(above/all+1e-12)
}

// What has its upper band is cleaned as ever.
func TestWidenLeavesWideRecordings(t *testing.T) {
	in := writeRecording(t, make([]float32, 2*4410), 44100, 2)
	out := filepath.Join(t.TempDir(), "out.wav")
	res, err := File(t.Context(), Job{In: in, Out: out}, wideOptions(t))
	if err != nil || res.Rate != 44100 || res.Widened != 0 || res.Frames != 4410 {
		t.Errorf("%+v, %v", res, err)
	}
}

// metadataOnly is a recording of 8 kHz with metadata.
type metadataOnly struct {
	recording.Reader
	m metadata.Metadata
}

func (m metadataOnly) Metadata() metadata.Metadata { return m.m }
func (m metadataOnly) Rate() int                   { return 8000 }

// Positions in samples would point elsewhere at another rate.
func TestWidenMetadata(t *testing.T) {
	bext := make([]byte, 602)
	binary.LittleEndian.PutUint64(bext[bextTime:], 8000)
	m := metadata.Metadata{Head: 2, Chunks: []metadata.Chunk{{ID: "cue "}, {ID: "bext", Data: bext}, {ID: "LIST"}},
		Blocks: []metadata.FLACBlock{{Type: 4}, {Type: metadata.BlockCueSheet}, {Type: 6}}}
	got := (&wide{Reader: metadataOnly{m: m}}).Metadata()
	ids := []string{}
	for _, c := range got.Chunks {
		ids = append(ids, c.ID)
	}
	if !slices.Equal(ids, []string{"bext", "LIST"}) || got.Head != 1 || len(got.Blocks) != 2 {
		t.Errorf("%v, %d before the samples, %d blocks", ids, got.Head, len(got.Blocks))
	}
	if n := binary.LittleEndian.Uint64(got.Chunks[0].Data[bextTime:]); n != 48000 {
		t.Errorf("one second after midnight is %d samples", n)
	}
	if n := binary.LittleEndian.Uint64(bext[bextTime:]); n != 8000 {
		t.Errorf("the recording's own chunk was changed: %d", n)
	}
}
