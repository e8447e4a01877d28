package clean

import (
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/recording"
)

// amr is a file of AMR narrow band (RFC 4867, 5) of 20 ms frames of 12.2 kbit/s: bits that
// make some noise. No encoder of it is free to ship.
func amr(frames int) []byte {
	r := rand.New(rand.NewPCG(4, 4))
	file := []byte("#!AMR\n")
	for range frames {
		file = append(file, 0x3C) // mode 7, good
		for range 31 {
			file = append(file, byte(r.Uint32()))
		}
	}
	return file
}

// TestVoiceMemos: what telephones and messengers record is cleaned under its own name and in
// its own format where that can be written, as long as it was and in its place.
func TestVoiceMemos(t *testing.T) {
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("SKIPPED: ffmpeg is not installed")
	}
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	source := path("source.wav")
	writeFile(t, source, pcm.Format{Rate: 48000, Channels: 1, Encoding: pcm.Int16}, rumble(3, 48000, 1, 3))
	if err := os.WriteFile(path("memo.amr"), amr(150), 0o600); err != nil {
		t.Fatal(err)
	}
	voip := []string{"-i", source, "-c:a", "libopus", "-application", "voip", "-b:a", "24k", "-frame_duration", "60"}
	ffmpeg(t, append(voip, "-ar", "16000", path("whatsapp.opus"))...)
	ffmpeg(t, append(voip, "-ar", "48000", path("telegram.oga"))...)
	ffmpeg(t, append(voip, "-f", "ogg", path("signal.ogg"))...)
	ffmpeg(t, "-i", path("memo.amr"), "-c", "copy", path("call.3gp"))
	ffmpeg(t, "-i", source, "-c:a", "aac", path("phone.3gp"))
	ffmpeg(t, "-i", source, "-c:a", "aac", path("whole.m4a"))
	// Trimmed on the telephone: the sound before is in the file still, and an edit list leaves it out.
	ffmpeg(t, "-ss", "0.5", "-i", path("whole.m4a"), "-c", "copy", "-to", "2.0", path("trimmed.m4a"))
	for name, c := range map[string]struct {
		out     string
		frames  int // at 48 kHz
		longest int // by which it may become longer: a frame of its codec
		same    bool
	}{
		"whatsapp.opus": {"whatsapp-clean.opus", 144000, 0, true},
		"telegram.oga":  {"telegram-clean.oga", 144000, 0, true},
		"signal.ogg":    {"signal-clean.ogg", 144000, 0, true},
		"memo.amr":      {"memo-clean.wav", 144000, 0, false},
		"call.3gp":      {"call-clean.3gp", 144000, 6 * 1024, false},
		"phone.3gp":     {"phone-clean.3gp", 144000, 1024, true},
		"trimmed.m4a":   {"trimmed-clean.m4a", 96000, 2048, true},
	} {
		batch, err := Plan([]string{path(name)}, "", PlanOptions{})
		if err != nil || len(batch.Jobs) != 1 || batch.Jobs[0].Out != path(c.out) {
			t.Errorf("%s: %+v, %v", name, batch.Jobs, err)
			continue
		}
		o := Options{NewProcessor: func(channels, _ int) (recording.Processor, error) {
			b, err := newThrough(channels, 0)
			return halver{b}, err
		}}
		if _, err := File(t.Context(), batch.Jobs[0], o); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		x, y := sound(t, path(name), 0, false), sound(t, path(c.out), 0, false)
		gain, lag := factor(x, y)
		t.Logf("%s: %d samples became %d, factor %.3f, %d samples late", name, len(x), len(y), gain, lag)
		if math.Abs(float64(len(x)-c.frames)) > 2100 || len(y) < len(x)-60 || len(y) > len(x)+c.longest+60 {
			t.Errorf("%s: %d samples, of %d that were to be there, became %d", name, len(x), c.frames, len(y))
		}
		// Opus' two ways to encode, that of speech and that of music, lie two samples apart.
		if c.same && (math.Abs(gain+0.5) > 0.03 || lag < -2 || lag > 2) {
			t.Errorf("%s: factor %.3f, want -0.5; %d samples late", name, gain, lag)
		}
	}
}
