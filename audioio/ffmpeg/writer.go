package ffmpeg

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/stillmic/stillmic/audioio/matroska"
	"github.com/stillmic/stillmic/audioio/metadata"
	"github.com/stillmic/stillmic/audioio/mp3"
	"github.com/stillmic/stillmic/audioio/mp4"
	"github.com/stillmic/stillmic/audioio/ogg"
	"github.com/stillmic/stillmic/audioio/pcm"
)

// Writer has ffmpeg encode samples into a file, together with all that the
// file they come from has beside them.
type Writer struct {
	format    pcm.Format
	cmd       *exec.Cmd
	in        io.WriteCloser
	complaint *tail
	path      string
	raw       []byte
	late      int           // samples of the beginning to leave out; below 0, of silence to put before
	kept      int           // samples of silence to put behind
	sent      int64         // samples given to ffmpeg
	rate      int           // at which they are encoded, Hz
	tracks    []track       // other sounds
	carry     func() error  // takes over tags that ffmpeg does not know; nil for none
	lost      int           // covers that nobody can read
	beside    time.Duration // processor time of ffprobe, and of ffmpeg that reads the file again
	err       error
}

// NewWriter writes to path a file of the kind that ext names.
func NewWriter(path, ext string, f pcm.Format, m metadata.Metadata) (*Writer, error) {
	if err := f.Check(); err != nil {
		return nil, err
	}
	program, err := exec.LookPath("ffmpeg")
	if err != nil {
		return nil, fmt.Errorf("a file ending in %s needs ffmpeg, and %w: install it, or name a .wav or .flac file", ext,
			ErrNotInstalled)
	}
	var src media
	var probed time.Duration
	if m.Path != "" {
		if src, probed, err = probe(m.Path); err != nil {
			src, m.Path = media{}, "" // stillmic reads it, ffmpeg does not: what is wrong there its reader says
		}
	}
	if oggs[ext] && m.Some && m.Path != "" {
		if m, err = src.withCovers(m); err != nil {
			return nil, err
		}
	}
	e, err := encode(path, ext, f, m, src)
	if err != nil {
		return nil, err
	}
	w := &Writer{format: f, path: path, complaint: &tail{}, raw: make([]byte, 0, pcm.BufferBytes),
		late: e.lag.late * f.Channels, kept: e.lag.kept * f.Channels, rate: e.rate, tracks: e.tracks,
		carry: e.carry(path, ext, m), lost: e.lostCovers(ext, m), beside: probed}
	w.cmd = exec.Command(program, e.args...)
	w.cmd.Stderr = w.complaint
	if w.in, err = w.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start ffmpeg: %w", err)
	}
	if err := w.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start ffmpeg: %w", err)
	}
	return w, nil
}

// encoding is how a file is encoded.
type encoding struct {
	args []string // of ffmpeg
	lag  lag      // what they do to the place of the sound
	rate int      // Hz
	src  media    // what the sound comes from, empty for a stream

	tracks []track // other sounds that were cleaned
}

// encode decides how a file is encoded. Input 0 is the sound, input 1 the file it comes
// from, src.
func encode(path, ext string, f pcm.Format, m metadata.Metadata, src media) (e encoding, err error) {
	encoder, known := encoderFor[ext], ""
	if m.Path != "" {
		sound := src.Streams[src.audio]
		if same := encoderOf(sound.Codec); same != "" && src.sameKind(m.Path, ext) {
			encoder, known = same, sound.BitRate
		}
	}
	if err := checkChannels(ext, encoder, f.Channels); err != nil {
		return e, err
	}
	tracks, err := encodeTracks(src, ext, m)
	if err != nil {
		return e, err
	}
	rate := encoderRate(encoder, f.Rate)
	l := lagOf(ext, encoder, rate, src.hasVideo() && videos[ext])
	args := append([]string{"-v", "error", "-y"}, l.offset(rate)...)
	args = append(args, "-f", "f32le", "-ar", strconv.Itoa(f.Rate), "-ac", strconv.Itoa(f.Channels), "-i", "pipe:0")
	if m.Path == "" {
		for _, t := range m.Tags {
			args = append(args, "-metadata", t[0]+"="+t[1])
		}
	} else {
		args = append(args, besideArgs(src, m.Path, ext, tracks)...)
	}
	args = append(args, roomArgs(ext, m.Tags)...)
	args = append(args, soundArgs(0, encoder, known, f.Channels, rate, nil)...)
	for i, t := range tracks {
		args = append(args, t.args(i+1)...)
	}
	if muxer := muxers[ext]; muxer != "" {
		args = append(args, "-f", muxer)
	}
	args = append(args, "file:"+path)
	args = append(args, src.unmoved(1, func(i int) bool { return src.goesAlong(i, ext) })...)
	return encoding{args: args, lag: l.of(f.Rate, rate), rate: rate, src: src, tracks: tracks}, nil
}

// carry returns what takes over tags that ffmpeg does not know, nil where there are none.
func (e encoding) carry(path, ext string, m metadata.Metadata) func() error {
	if e.betweenMP4s(ext) {
		return func() error { return mp4.CopyUserData(path, m.Path) }
	}
	several := len(metadata.SeveralOf(m.Tags)) > 0
	switch {
	case e.betweenMP3s(ext) && m.Path != "":
		return func() error { return mp3.CopyTags(path, m.Path) }
	case isMP3(ext) && several:
		return func() error { return mp3.SetValues(path, m.Tags) }
	case mp4s[ext] && several:
		return func() error { return mp4.SetValues(path, m.Tags) }
	case matroskas[ext] && several:
		return func() error { return matroska.SetValues(path, m.Tags) }
	}
	if !oggs[ext] {
		return nil
	}
	// ffmpeg makes one of several comments of a name, and writes no covers.
	if comments := m.Comments(); !m.Some && len(comments) > 0 && (m.Path == "" || hasComments(e.src.Format.Name)) {
		return func() error { return ogg.ReplaceComments(path, comments) }
	}
	if comments := m.Unknown(); len(comments) > 0 {
		return func() error { return ogg.MergeComments(path, comments) }
	}
	return nil
}

// matroskas are endings of Matroska.
var matroskas = map[string]bool{".mkv": true, ".mka": true, ".webm": true}

// roomArgs have ffmpeg leave room in Matroska for the tags that have several values, and give the sound none of these.
func roomArgs(ext string, tags [][2]string) (args []string) {
	if !matroskas[ext] {
		return nil
	}
	for name, values := range metadata.SeveralOf(tags) {
		if name != "TITLE" { // it is no tag there
			args = append(args, "-metadata", name+"="+matroska.Room(name, values), "-metadata:s:a:0", name+"=")
		}
	}
	return args
}

// betweenMP4s and betweenMP3s report whether the tags of the file that is read go along byte by byte.
func (e encoding) betweenMP4s(ext string) bool {
	return mp4s[ext] && strings.HasPrefix(e.src.Format.Name, "mov,mp4")
}

func (e encoding) betweenMP3s(ext string) bool { return isMP3(ext) && e.src.isKind(".mp3") }

// isMP3 reports whether a file of this ending is MP3 and nothing around it, as avi is.
func isMP3(ext string) bool { return encoderFor[ext] == "libmp3lame" && ext != ".avi" }

// hasComments reports whether files of a format, by ffmpeg's name, have Vorbis comments.
func hasComments(format string) bool { return format == "ogg" || format == "flac" }

// Rate returns the frames per second.
func (w *Writer) Rate() int { return w.format.Rate }

// Channels returns the number of samples per frame.
func (w *Writer) Channels() int { return w.format.Channels }

// Clipped returns 0: ffmpeg gets samples that are not bounded, and cuts them where its format
// cannot hold them.
func (w *Writer) Clipped() int64 { return 0 }

// Write hands samples over, but for those that make up for what the encoder puts
// before them.
func (w *Writer) Write(p []float32) error {
	if w.late < 0 {
		if err := w.send(make([]float32, -w.late)); err != nil {
			return err
		}
		w.late = 0
	}
	left := min(w.late, len(p))
	w.late -= left
	return w.send(p[left:])
}

// send gives samples to ffmpeg.
func (w *Writer) send(p []float32) error {
	w.sent += int64(len(p))
	for len(p) > 0 && w.err == nil {
		n := min(len(p), pcm.BufferBytes/4)
		w.raw, _ = pcm.Append(w.raw[:0], p[:n], pcm.Float32)
		p = p[n:]
		if _, err := w.in.Write(w.raw); err != nil {
			w.err = w.ended(err) // too soon, and it has said why
		}
	}
	return w.err
}

// ended ends ffmpeg after an error and returns what it said.
func (w *Writer) ended(err error) error {
	_ = w.in.Close() // closed or broken already
	if ended := w.cmd.Wait(); ended != nil {
		err = ended
	}
	return w.failed(err)
}

// failed returns what ffmpeg said, which has ended.
func (w *Writer) failed(err error) error {
	if fault := w.complaint.diskFault(); fault != nil {
		return fault
	}
	if s := w.complaint.line(w.path); s != "" {
		return fmt.Errorf("ffmpeg: %s", s)
	}
	return fmt.Errorf("ffmpeg: %w", err)
}

// Close completes the file, and reads it again: an error means that it does not hold
// all that was written.
func (w *Writer) Close() error {
	if w.err != nil {
		if errors.Is(w.err, os.ErrClosed) {
			return nil
		}
		return w.err
	}
	if w.sent == 0 {
		w.kept = max(w.kept, w.format.Channels) // without a sample there would be no file
	}
	if err := w.send(make([]float32, w.kept)); err != nil {
		return err
	}
	if err := w.in.Close(); err != nil {
		w.err = w.ended(err)
		return w.err
	}
	if err := w.cmd.Wait(); err != nil || w.complaint.diskFault() != nil {
		w.err = w.failed(err)
		return w.err
	}
	if w.carry != nil {
		if err := w.carry(); err != nil {
			w.err = err
			return w.err
		}
	}
	frames := w.sent / int64(w.format.Channels)
	if err := w.check(frames * int64(w.rate) / int64(w.format.Rate)); err != nil {
		w.err = err
		return w.err
	}
	w.err = fmt.Errorf("write samples: %w", os.ErrClosed)
	return nil
}

// check reads all sounds again; the first has a number of frames.
func (w *Writer) check(frames int64) error {
	took, err := checkSound(w.path, 0, frames, w.format.Channels)
	w.beside += took
	for i, t := range w.tracks {
		if err != nil {
			break
		}
		took, err = checkSound(w.path, i+1, t.frames(), t.Channels)
		w.beside += took
	}
	return err
}

// Abort ends ffmpeg without a complete file; after Close it does nothing.
func (w *Writer) Abort() {
	if w.err != nil {
		return
	}
	w.err = fmt.Errorf("write samples: %w", os.ErrClosed)
	_ = w.cmd.Process.Kill() // an error says that it has ended
	_ = w.in.Close()         // as does this
	_ = w.cmd.Wait()         // being killed is no news
}
