package recording

import (
	"slices"
	"strings"
)

// Extensions are the ends of the names of files that can be written, and that are taken
// for recordings in a folder. Those up to ".flac" are written without ffmpeg.
var Extensions = []string{".wav", ".wave", ".rf64", ".bwf", ".flac",
	".mp3", ".mpga", ".mp2", ".ogg", ".oga", ".opus", ".m4a", ".m4b", ".m4r", ".3ga", ".aac", ".wma", ".aif", ".aiff", ".aifc",
	".caf", ".ac3", ".au",
	".w64", ".wv", ".tta", ".mka", ".weba",
	".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".ts", ".mts", ".m2ts", ".wmv", ".3gp", ".flv"}

// readOnly are the ends of the names of recordings of kinds that can be read only, and
// what their results are written as: uncompressed, or with the pictures.
var readOnly = map[string]string{".amr": ".wav", ".awb": ".wav", ".spx": ".wav", ".ape": ".wav", ".mpc": ".wav", ".eac3": ".wav",
	".dts": ".wav",
	".qcp": ".wav", ".gsm": ".wav", ".snd": ".wav", ".voc": ".wav",
	".ogv": ".mkv", ".mpg": ".mkv", ".mpeg": ".mkv", ".vob": ".mkv", ".3g2": ".mkv", ".asf": ".mkv", ".mxf": ".mkv"}

// ResultExt returns the end of the name of what a recording becomes whose name ends in
// ext: the same, or another where such files can be read only. It is "" for an end that
// is none of a recording.
func ResultExt(ext string) string {
	lower := strings.ToLower(ext)
	if slices.Contains(Extensions, lower) {
		return ext
	}
	return readOnly[lower]
}
