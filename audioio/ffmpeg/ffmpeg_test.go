package ffmpeg

import "testing"

// TestTailLine finds the cause among what ffmpeg says.
func TestTailLine(t *testing.T) {
	for said, want := range map[string]string{
		"": "",
		"file:a.mkv: Invalid data found when processing input\n": "Invalid data found when processing input",
		"[webm @ 0x1] Only VP8 is supported.\nCould not write header for output file #0: Invalid argument\nError initializing output stream 0:1 -- \n": "Only VP8 is supported.",
		"[flv @ 0x1] Codec mpeg4 is not compatible with FLV\n[flv @ 0x1] use vstrict=-1 to use it anyway\n":                                            "Codec mpeg4 is not compatible with FLV",
		"[mp3 @ 0x1] Header missing\n    Last message repeated 21 times\n":                                                                             "Header missing",
		"Could not write header: Not yet implemented\nError initializing output stream 0:2 -- \n":                                                      "Could not write header: Not yet implemented",
	} {
		tl := &tail{}
		if _, err := tl.Write([]byte(said)); err != nil {
			t.Fatal(err)
		}
		if got := tl.line("a.mkv"); got != want {
			t.Errorf("%q: %q, want %q", said, got, want)
		}
	}
}

// TestEncoderRate: the same where the encoder takes it, else one that loses little.
func TestEncoderRate(t *testing.T) {
	for _, c := range []struct {
		encoder    string
		rate, want int
	}{
		{"aac", 44100, 44100}, {"aac", 37800, 44100}, {"aac", 192000, 96000}, {"aac", 176400, 88200}, {"libmp3lame", 88200, 44100},
		{"libmp3lame", 96000, 48000}, {"ac3", 8000, 32000}, {"libopus", 44100, 48000}, {"flac", 37800, 37800}, {"mp2", 100000, 48000},
	} {
		if got := encoderRate(c.encoder, c.rate); got != c.want {
			t.Errorf("%s, %d Hz: %d Hz, want %d", c.encoder, c.rate, got, c.want)
		}
	}
}
