// Package ffmpeg reads and writes every format that ffmpeg knows, where that is installed.
// What a file has beside its sound (video, other tracks, chapters, tags) is copied.
package ffmpeg

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/stillmic/stillmic/audioio/pcm"
)

// ErrNotInstalled: a format needs ffmpeg, and it is not installed.
var ErrNotInstalled = errors.New("ffmpeg is not installed")

// fromFile makes ffmpeg read a local file and nothing else: a playlist must not
// reach into the network.
func fromFile(path string) []string {
	return []string{"-protocol_whitelist", "file,pipe", "-i", "file:" + path}
}

// media is what ffprobe says of a file.
type media struct {
	Streams []struct {
		Index       int            `json:"index"`
		Kind        string         `json:"codec_type"`
		Codec       string         `json:"codec_name"`
		Rate        string         `json:"sample_rate"`
		Channels    int            `json:"channels"`
		Width       int            `json:"width"`
		Bits        int            `json:"bits_per_sample"`
		RawBits     string         `json:"bits_per_raw_sample"`
		BitRate     string         `json:"bit_rate"`
		Start       string         `json:"start_time"` // s
		Disposition map[string]int `json:"disposition"`
		Tags        map[string]string
	} `json:"streams"`
	Format struct {
		Name     string            `json:"format_name"`
		Start    string            `json:"start_time"`
		Duration string            `json:"duration"`
		Tags     map[string]string `json:"tags"`
	} `json:"format"`
	audio int // place of the first audio stream in Streams
}

// probe asks ffprobe about a file that must have sound, and returns its processor time, too.
func probe(path string) (m media, took time.Duration, err error) {
	m.audio = -1
	program, err := exec.LookPath("ffprobe")
	if err != nil {
		return m, 0, ErrNotInstalled
	}
	cmd := exec.Command(program, append([]string{"-v", "error", "-of", "json", "-show_streams", "-show_format"},
		fromFile(path)...)...)
	var out bytes.Buffer
	complaint := &tail{}
	cmd.Stdout, cmd.Stderr = &out, complaint
	err = cmd.Run()
	took = processorTime(cmd.ProcessState)
	if err != nil {
		if bytes.Contains(complaint.b, []byte("moov atom not found")) {
			return m, took, fmt.Errorf("%w: the index (moov) is not there, which is written last; without it nothing can be read",
				pcm.ErrTruncated)
		}
		return m, took, fmt.Errorf("%w: ffmpeg says %q", pcm.ErrUnsupported, complaint.line(path))
	}
	if err := json.Unmarshal(out.Bytes(), &m); err != nil {
		return m, took, fmt.Errorf("%w: ffprobe's answer: %w", pcm.ErrUnsupported, err)
	}
	sounds := m.sounds()
	if len(sounds) == 0 {
		return m, took, fmt.Errorf("%w: there is no sound in it", pcm.ErrUnsupported)
	}
	m.audio = sounds[0]
	return m, took, nil
}

// isCover reports whether a stream is a picture that does not move.
func (m media) isCover(i int) bool {
	return m.Streams[i].Kind == "video" && m.Streams[i].Disposition["attached_pic"] != 0
}

// isBroken reports whether a stream is a cover that ffmpeg cannot read: it has no size.
func (m media) isBroken(i int) bool { return m.isCover(i) && m.Streams[i].Width == 0 }

// broken counts the covers that cannot be read.
func (m media) broken() (n int) {
	for i := range m.Streams {
		if m.isBroken(i) {
			n++
		}
	}
	return n
}

// sounds are the places of the sound tracks that can be decoded.
func (m media) sounds() (all []int) {
	for i, s := range m.Streams {
		// Of the first the decoder itself says what is wrong.
		if s.Kind == "audio" && s.Channels > 0 && (len(all) == 0 || !undecodable[s.Codec]) {
			all = append(all, i)
		}
	}
	return all
}

// undecodable are ffprobe's names of the codecs that it does not know.
var undecodable = map[string]bool{"": true, "none": true, "unknown": true}

// otherSounds counts the sound tracks beside the one that is read.
func (m media) otherSounds() int { return len(m.sounds()) - 1 }

// isKind reports whether what a file is, not only its name, is what ext names.
func (m media) isKind(ext string) bool {
	name := formats[ext]
	if name == "" {
		name = strings.TrimPrefix(ext, ".")
	}
	return slices.Contains(strings.Split(m.Format.Name, ","), name)
}

// formats are ffmpeg's names of the kinds of files whose endings are others.
var formats = map[string]string{".mpga": "mp3", ".mp2": "mp3", ".oga": "ogg", ".opus": "ogg", ".m4b": "m4a", ".m4r": "m4a",
	".3ga": "m4a", ".m4v": "mp4", ".wma": "asf", ".wmv": "asf", ".aif": "aiff", ".aifc": "aiff", ".mka": "matroska",
	".mkv": "matroska", ".weba": "webm", ".ts": "mpegts", ".mts": "mpegts", ".m2ts": "mpegts"}

// hasVideo reports whether there are moving pictures, not only a cover.
func (m media) hasVideo() bool {
	for i, s := range m.Streams {
		if s.Kind == "video" && !m.isCover(i) {
			return true
		}
	}
	return false
}

// format is the WAV format that loses nothing of the sound.
func (m media) format() (pcm.Format, error) {
	s := m.Streams[m.audio]
	rate, err := strconv.Atoi(s.Rate)
	if err != nil || rate < 1 || s.Channels > pcm.MaxChannels {
		return pcm.Format{}, fmt.Errorf("%w: %q Hz, %d channels", pcm.ErrUnsupported, s.Rate, s.Channels)
	}
	bits, _ := strconv.Atoi(s.RawBits) // "" where it means nothing
	f := pcm.Format{Rate: rate, Channels: s.Channels, Encoding: pcm.Int24}
	switch bits = max(bits, s.Bits); {
	case strings.HasPrefix(s.Codec, "pcm_f"):
		f.Encoding = pcm.Float32
	case bits > 24:
		f.Encoding = pcm.Int32
	case bits > 0 && bits <= 16:
		f.Encoding = pcm.Int16
	}
	return f, nil
}

// tail keeps the end of what a program says on stderr.
type tail struct{ b []byte }

func (t *tail) Write(p []byte) (int, error) {
	t.b = append(t.b, p...)
	if n := len(t.b) - 4096; n > 0 {
		t.b = t.b[:copy(t.b, t.b[n:])]
	}
	return len(p), nil
}

// forgetPictures forgets what the decoders of pictures have said.
func (t *tail) forgetPictures() {
	var kept []byte
	for line := range bytes.Lines(t.b) {
		codec, _, _ := bytes.Cut(bytes.TrimPrefix(line, []byte("[")), []byte(" @ "))
		if pictureTypes[string(codec)] == "" {
			kept = append(kept, line...)
		}
	}
	t.b = kept
}

// consequences are beginnings of lines that follow the one with the cause.
var consequences = []string{"Error initializing output stream", "Error opening output file", "Could not write header",
	"Conversion failed",
	"Error writing trailer", "Error muxing a packet", "av_interleaved_write_frame", "Last message repeated", "use vstrict"}

// line returns the last line that is no consequence of another one, without the
// path in front and addresses of memory.
func (t *tail) line(path string) string {
	lines := strings.Split(strings.TrimSpace(string(t.b)), "\n")
	s := ""
	for _, l := range lines {
		if _, after, ok := strings.Cut(l, "] "); ok && strings.HasPrefix(l, "[") {
			l = after // [matroska @ 0x55d11e064f00] ...
		}
		l = strings.TrimSpace(l)
		if s == "" || !slices.ContainsFunc(consequences, func(c string) bool { return strings.HasPrefix(l, c) }) {
			s = l
		}
	}
	s = strings.TrimPrefix(s, "file:"+path+": ")
	return strings.TrimPrefix(s, path+": ")
}

// encoderFor is the codec of a file without a predecessor in the same format.
var encoderFor = map[string]string{".mp3": "libmp3lame", ".ogg": "libvorbis", ".oga": "libvorbis", ".opus": "libopus",
	".mkv": "aac", ".mka": "aac", ".mp4": "aac", ".mov": "aac", ".m4v": "aac", ".m4a": "aac", ".m4b": "aac", ".ts": "aac",
	".mts":  "aac",
	".m2ts": "aac", ".au": "pcm_s24be", ".w64": "pcm_s24le",
	".webm": "libopus", ".flv": "aac", ".3gp": "aac", ".aif": "pcm_s24be", ".aiff": "pcm_s24be", ".caf": "pcm_s24le",
	".aac": "aac", ".ac3": "ac3", ".wma": "wmav2", ".wmv": "wmav2", ".avi": "libmp3lame",
	".mpga": "libmp3lame", ".mp2": "mp2", ".m4r": "aac", ".3ga": "aac", ".aifc": "pcm_s24be", ".wv": "wavpack", ".tta": "tta",
	".weba": "libopus"}

// encoderOf makes the same again of a codec.
func encoderOf(codec string) string {
	switch codec {
	case "mp3":
		return "libmp3lame"
	case "vorbis":
		return "libvorbis"
	case "opus":
		return "libopus"
	case "aac", "flac", "alac", "ac3", "eac3", "mp2", "wmav2", "wavpack", "tta":
		return codec
	}
	if strings.HasPrefix(codec, "pcm_") {
		return codec
	}
	return ""
}

// bitRate is the option for the rate of a lossy codec that makes the n-th sound: that of
// the source, within reason; 96 kbit/s a channel where it is not known.
func bitRate(n, encoder, known string, channels int) []string {
	switch encoder {
	case "libvorbis":
		return []string{"-q:a:" + n, "6"} // it takes no rate that does not suit the samples'
	case "aac", "libmp3lame", "libopus", "ac3", "eac3", "mp2", "wmav2":
	default:
		return nil
	}
	rate, err := strconv.Atoi(known)
	if err != nil || rate <= 0 {
		rate = 96_000 * channels
	}
	least, most := 48_000*min(channels, 2), 320_000
	if encoder == "libmp3lame" {
		most = min(most, 160_000*channels)
	}
	return []string{"-b:a:" + n, strconv.Itoa(min(max(rate, least), most))}
}

// sameKind reports whether a file that ends in ext is to be what the one at path is.
func (m media) sameKind(path, ext string) bool {
	return strings.EqualFold(filepath.Ext(path), ext) && m.isKind(ext)
}
