package audioio

import (
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strconv"
)

// ffmpegWriter has ffmpeg encode samples into a file, together with all that the
// file they come from has beside them.
type ffmpegWriter struct {
	format    WAVFormat
	cmd       *exec.Cmd
	in        io.WriteCloser
	complaint *tail
	path      string
	raw       []byte
	err       error
}

// newFFmpegWriter writes to path a file of the kind that ext names.
func newFFmpegWriter(path, ext string, f WAVFormat, m Metadata) (*ffmpegWriter, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	if !slices.Contains(Extensions, ext) {
		return nil, fmt.Errorf("%w: no recording's name ends in %q; use .wav, .flac or another of %v", ErrNotRead, ext, Extensions)
	}
	program, err := exec.LookPath("ffmpeg")
	if err != nil {
		return nil, fmt.Errorf("a file ending in %s needs ffmpeg, and %w: install it, or name a .wav or .flac file", ext, ErrNoFFmpeg)
	}
	args, err := encodeArgs(ext, f, m)
	if err != nil {
		return nil, err
	}
	w := &ffmpegWriter{format: f, path: path, complaint: &tail{}, raw: make([]byte, 0, rawBytes)}
	w.cmd = exec.Command(program, append(args, "file:"+path)...)
	w.cmd.Stderr = w.complaint
	if w.in, err = w.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start ffmpeg: %w", err)
	}
	if err := w.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start ffmpeg: %w", err)
	}
	return w, nil
}

// encodeArgs are ffmpeg's arguments up to the name of the output. Input 0 is the
// sound, input 1 the file it comes from.
func encodeArgs(ext string, f WAVFormat, m Metadata) ([]string, error) {
	args := []string{"-v", "error", "-y", "-f", "f32le", "-ar", strconv.Itoa(f.Rate), "-ac", strconv.Itoa(f.Channels), "-i", "pipe:0"}
	encoder, known := encoderFor[ext], ""
	if m.Path == "" {
		for _, t := range m.Tags {
			args = append(args, "-metadata", t[0]+"="+t[1])
		}
	} else {
		src, err := probe(m.Path)
		if err != nil {
			return nil, err
		}
		sound := src.Streams[src.audio]
		if same := encoderOf(sound.Codec); same != "" && sameEnding(m.Path, ext) {
			encoder, known = same, sound.BitRate
		}
		args = append(args, fromFile(m.Path)...)
		args = append(args, "-map_metadata", "1", "-map_metadata:s:a:0", "1:s:"+strconv.Itoa(sound.Index), "-map_chapters", "1")
		if ogg := ext == ".ogg" || ext == ".oga" || ext == ".opus"; ogg && len(sound.Tags) == 0 {
			args = append(args, "-map_metadata:s:a:0", "1:g") // Ogg has tags with its streams only
		} else if !ogg && len(src.Format.Tags) == 0 {
			args = append(args, "-map_metadata", "1:s:"+strconv.Itoa(sound.Index))
		}
		args = append(args, streamArgs(src, ext)...)
		args = append(args, "-c", "copy")
	}
	args = append(args, "-c:a:0", encoder)
	return append(args, bitRate(encoder, known, f.Channels)...), nil
}

// streamArgs maps what goes into a file that ends in ext, in the order of the
// source: the sound from input 0, all else that has a place there from input 1.
func streamArgs(src media, ext string) (args []string) {
	for i, s := range src.Streams {
		cover := s.Kind == "video" && s.Disposition["attached_pic"] != 0
		switch {
		case i == src.audio:
			args = append(args, "-map", "0:a:0", "-disposition:a:0", "default")
		case videos[ext] && s.Kind != "data", covers[ext] && cover:
			args = append(args, "-map", "1:"+strconv.Itoa(s.Index))
			if cover {
				args = append(args, "-disposition:v", "attached_pic")
			}
		}
	}
	return args
}

func (w *ffmpegWriter) Rate() int      { return w.format.Rate }
func (w *ffmpegWriter) Channels() int  { return w.format.Channels }
func (w *ffmpegWriter) Clipped() int64 { return 0 }

// Write hands samples over.
func (w *ffmpegWriter) Write(p []float32) error {
	for len(p) > 0 && w.err == nil {
		n := min(len(p), rawBytes/4)
		w.raw, _ = encode(w.raw[:0], p[:n], Float32)
		p = p[n:]
		if _, err := w.in.Write(w.raw); err != nil {
			w.err = w.failed(err) // it has ended too soon and said why
		}
	}
	return w.err
}

// failed ends ffmpeg and returns what it said.
func (w *ffmpegWriter) failed(err error) error {
	_ = w.in.Close() // closed or broken already
	if ended := w.cmd.Wait(); ended != nil {
		err = ended
	}
	if s := w.complaint.line(w.path); s != "" {
		return fmt.Errorf("ffmpeg: %s", s)
	}
	return fmt.Errorf("ffmpeg: %w", err)
}

// Close completes the file.
func (w *ffmpegWriter) Close() error {
	if w.err != nil {
		if errors.Is(w.err, ErrClosed) {
			return nil
		}
		return w.err
	}
	if err := w.in.Close(); err != nil {
		w.err = w.failed(err)
		return w.err
	}
	if err := w.cmd.Wait(); err != nil {
		w.err = fmt.Errorf("ffmpeg: %s", w.complaint.line(w.path))
		return w.err
	}
	w.err = fmt.Errorf("write samples: %w", ErrClosed)
	return nil
}

// Abort ends ffmpeg without a complete file; after Close it does nothing.
func (w *ffmpegWriter) Abort() {
	if w.err != nil {
		return
	}
	w.err = fmt.Errorf("write samples: %w", ErrClosed)
	_ = w.cmd.Process.Kill() // an error says that it has ended
	_ = w.in.Close()         // as does this
	_ = w.cmd.Wait()         // being killed is no news
}
