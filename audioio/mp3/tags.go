package mp3

import (
	"bufio"
	"fmt"
	"io"
	"os"

	"github.com/stillmic/stillmic/audioio/metadata"
)

// CopyTags gives an MP3 file the tags of another, byte by byte: ID3v2 before the sound, APEv2
// and ID3v1 behind it, but for what tells how loud the other is. Where the other has no ID3v2,
// the file's own stays.
func CopyTags(to, from string) error {
	head, tail, err := tagsOf(from)
	if err != nil || len(head)+len(tail) == 0 {
		return err
	}
	head, tail = metadata.ID3ForNewSamples(head), metadata.APEForNewSamples(tail)
	err = metadata.Rewrite(to, func(w io.Writer, r io.Reader) error {
		b := bufio.NewReaderSize(r, 32<<10)
		if len(head) > 0 {
			if _, err := metadata.ReadID3(b); err != nil {
				return err
			}
		}
		if _, err := w.Write(head); err != nil {
			return err
		}
		if _, err := io.Copy(w, b); err != nil {
			return err
		}
		_, err := w.Write(tail)
		return err
	})
	if err != nil {
		return fmt.Errorf("write the tags: %w", err)
	}
	return nil
}

// SetValues gives the ID3v2.4 tag of an MP3 file all the values that tags have of a name, where
// there are several.
func SetValues(path string, tags [][2]string) error {
	err := metadata.Rewrite(path, func(w io.Writer, r io.Reader) error {
		b := bufio.NewReaderSize(r, 32<<10)
		start, err := b.Peek(metadata.ID3Head)
		if err != nil {
			return err
		}
		head, err := metadata.ReadGrowing(b, int64(metadata.ID3Size(start)))
		if err != nil {
			return err
		}
		if _, err := w.Write(metadata.WithID3Values(head, tags)); err != nil {
			return err
		}
		_, err = io.Copy(w, b)
		return err
	})
	if err != nil {
		return fmt.Errorf("write the tags: %w", err)
	}
	return nil
}

// tagsOf reads the tags before and behind the sound. The file is written anew, so it has no
// tags behind its sound of its own.
func tagsOf(path string) (head, tail []byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	count := &counter{from: f}
	b := bufio.NewReaderSize(count, 4<<10)
	if _, err := metadata.ReadID3(b); err != nil {
		return nil, nil, nil //nolint:nilerr // damaged tags are none
	}
	if n := count.n - int64(b.Buffered()); n <= metadata.MaxBytes {
		head = make([]byte, n)
		if _, err := f.ReadAt(head, 0); err != nil {
			return nil, nil, err
		}
	}
	return head, metadata.Trailer(f, st.Size()), nil
}

// counter counts what is read through it.
type counter struct {
	from io.Reader
	n    int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.n += int64(n)
	return n, err
}
