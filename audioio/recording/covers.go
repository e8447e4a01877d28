package recording

import "github.com/stillmic/stillmic/audioio/flac"

// LeftOutCovers returns how many covers of the file that a Writer's metadata come from could not
// be read, and are not in what it writes.
func LeftOutCovers(w Writer) int {
	if c, ok := w.(interface{ LeftOutCovers() int }); ok {
		return c.LeftOutCovers()
	}
	return 0
}

// flacWriter also says how many covers were left out.
type flacWriter struct {
	*flac.Writer
	covers int
}

// LeftOutCovers is as the function's.
func (w flacWriter) LeftOutCovers() int { return w.covers }
