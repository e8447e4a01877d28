package ffmpeg

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"time"

	"github.com/stillmic/stillmic/audioio/decode"
	"github.com/stillmic/stillmic/audioio/metadata"
	"github.com/stillmic/stillmic/audioio/pcm"
)

// Reader reads what ffmpeg decodes.
type Reader struct {
	*decode.Reader
	cmd       *exec.Cmd
	complaint *tail
	path      string
	head      []byte // the first bytes of the file
	covers    bool   // all pictures in it are covers, which are of no concern
	damaged   bool   // the end is never taken for whole
	in        *bufio.Reader
	raw       []byte
	samples   []float32
	silenced  int64         // samples that were not finite
	ended     bool          // ffmpeg was waited for
	probed    time.Duration // processor time of ffprobe
}

// Open reads the first sound of a file through ffmpeg; head are its first
// bytes, to say what it is where that fails. Of a damaged one the end is never
// taken for whole.
func Open(path string, head []byte, damaged bool) (*Reader, error) {
	return OpenTrack(path, 0, head, damaged)
}

// OpenTrack is Open for the n-th sound of a file, counted from 0.
func OpenTrack(path string, n int, head []byte, damaged bool) (*Reader, error) {
	m, probed, err := probe(path)
	if errors.Is(err, ErrNotInstalled) {
		return nil, fmt.Errorf("%w: %s, and %w: install it, or convert the file to WAV or FLAC", pcm.ErrUnsupported,
			pcm.Describe(head), ErrNotInstalled)
	}
	if err != nil {
		return nil, err
	}
	sounds := m.sounds()
	if n >= len(sounds) {
		return nil, fmt.Errorf("%w: it has %d sound tracks, no track %d", pcm.ErrUnsupported, len(sounds), n+1)
	}
	m.audio = sounds[n]
	f, err := m.format()
	if err != nil {
		return nil, err
	}
	program, err := exec.LookPath("ffmpeg")
	if err != nil {
		return nil, ErrNotInstalled
	}
	tags, err := m.withValues(path)
	if err != nil {
		return nil, err
	}
	cmd, complaint := exec.Command(program, decodeArgs(path, m, f, damaged)...), &tail{}
	cmd.Stderr = complaint
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start ffmpeg: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start ffmpeg: %w", err)
	}
	r := &Reader{cmd: cmd, complaint: complaint, path: path, head: head, damaged: damaged, probed: probed,
		covers: !m.hasVideo(),
		in:     bufio.NewReaderSize(out, 64<<10), raw: make([]byte, 4*f.Channels*4096), samples: make([]float32, f.Channels*4096)}
	d := decode.Stream{Format: f, Frames: -1,
		Metadata: metadata.Metadata{Tags: tags, Some: true, OtherSounds: m.otherSounds()}, Next: r.next}
	if seconds, err := strconv.ParseFloat(m.Format.Duration, 64); err == nil && seconds > 0 {
		d.Frames = int64(seconds*float64(f.Rate) + 0.5)
	}
	r.Reader = decode.NewReader(d)
	return r, nil
}

// next takes the next piece of what ffmpeg decodes.
func (r *Reader) next() ([]float32, error) {
	n, err := io.ReadFull(r.in, r.raw)
	n -= n % (4 * r.Channels())
	r.silenced += pcm.Decode(r.samples, r.raw[:n], pcm.Float32)
	if n > 0 {
		return r.samples[:n/4], nil
	}
	if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	r.ended = true
	failed := r.cmd.Wait()
	if r.covers {
		r.complaint.forgetPictures()
	}
	if failed != nil || len(r.complaint.b) > 0 {
		return nil, fmt.Errorf("%w or damaged: ffmpeg says %q", pcm.ErrTruncated, r.complaint.line(r.path))
	}
	if r.damaged {
		return nil, fmt.Errorf("%w or damaged", pcm.ErrTruncated)
	}
	return nil, whole(r.path, r.head)
}

// Replaced returns how many samples so far were not finite and were read as silence.
func (r *Reader) Replaced() int64 { return r.Reader.Replaced() + r.silenced }

// Close ends ffmpeg.
func (r *Reader) Close() error {
	if !r.ended {
		r.ended = true
		_ = r.cmd.Process.Kill() // an error says that it has ended
		_ = r.cmd.Wait()         // what it says of being killed is no news
	}
	return nil
}

// decodeArgs are ffmpeg's arguments for the first sound of a file, as float
// samples on its output.
func decodeArgs(path string, m media, f pcm.Format, damaged bool) []string {
	args := append([]string{"-nostdin", "-v", "error"}, fromFile(path)...)
	args = append(args, "-map", "0:"+strconv.Itoa(m.Streams[m.audio].Index))
	switch {
	case m.hasVideo():
		// The sound may begin later than the pictures, or have gaps; filled with
		// silence it stays with them.
		fill := "aresample=async=1"
		if m.soundIsLate() {
			fill += ":first_pts=0"
		}
		args = append(args, "-af", fill)
	case m.otherSounds() > 0:
		// Likewise with other sounds: those of a meeting come and go. Less than a tenth of a
		// second is what encoders put before a sound.
		fill := "aresample=async=1:min_hard_comp=0.1"
		if seconds(m.Streams[m.audio].Start)-max(seconds(m.Format.Start), 0) > 0.1 {
			fill += ":first_pts=0"
		}
		args = append(args, "-af", fill)
	case damaged:
		args = append(args, "-af", "aresample=async=1:min_hard_comp=0.01") // a frame may be lacking, of 20 ms
	}
	args = append(args, "-f", "f32le", "-ar", strconv.Itoa(f.Rate), "-ac", strconv.Itoa(f.Channels), "pipe:1")
	return append(args, m.unmoved(0, func(i int) bool { return i == m.audio })...)
}
