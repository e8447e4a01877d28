package recording

import (
	"github.com/stillmic/stillmic/audioio/mp3"
	"github.com/stillmic/stillmic/audioio/ogg"
	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/wav"
)

// kind is a format that is read without help.
type kind int

const (
	kindWAV kind = iota
	kindFLAC
	kindMP3
	kindVorbis
	kindOpus
	kindForeign // for ffmpeg
	kindNone    // no recording
)

// sniff decides from a file's first bytes, not its name, what it is.
func sniff(b []byte) kind {
	at := func(i int, s string) bool { return len(b) >= i+len(s) && string(b[i:i+len(s)]) == s }
	switch {
	case at(0, "fLaC"):
		return kindFLAC
	case ogg.Codec(b) == "vorbis":
		return kindVorbis
	case ogg.Codec(b) == "opus":
		return kindOpus
	case mp3.IsMP3(b), at(0, "ID3"):
		return kindMP3
	case wav.IsWAV(b), len(b) == 0:
		return kindWAV
	case len(b) < 12, pcm.IsText(b):
		return kindNone
	}
	return kindForeign
}

// sniffBytes are enough to know every format.
const sniffBytes = 512
