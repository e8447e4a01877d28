package mp3

import "io"

// walker goes along with the frames of what is read through it, to tell at the end
// whether the last is whole: the library drops what is left of a cut one.
type walker struct {
	from io.Reader
	head []byte // of a header, as far as it was read
	left int    // bytes of the running frame
	lost bool   // something else than a frame came, like a tag at the end
}

func (w *walker) Read(p []byte) (int, error) {
	n, err := w.from.Read(p)
	for b := p[:n]; len(b) > 0 && !w.lost; {
		skip := min(w.left, len(b))
		w.left -= skip
		b = b[skip:]
		take := min(4-len(w.head), len(b))
		w.head = append(w.head, b[:take]...)
		b = b[take:]
		if len(w.head) == 4 {
			f, ok := parseFrameHeader(w.head)
			w.left, w.lost, w.head = f.size-4, !ok, w.head[:0]
		}
	}
	return n, err
}

// cut reports whether the last frame lacks its end.
func (w *walker) cut() bool { return !w.lost && w.left > 0 }
