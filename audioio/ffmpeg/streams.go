package ffmpeg

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/stillmic/stillmic/audioio/metadata"
)

// covers are endings of files without moving pictures, which may have a cover.
var covers = map[string]bool{".mp3": true, ".mpga": true, ".m4a": true, ".m4b": true, ".m4r": true, ".aif": true, ".aiff": true,
	".aifc": true, ".wma": true}

// videos are endings of files that can hold what other streams there are.
var videos = map[string]bool{".mp4": true, ".m4v": true, ".mov": true, ".mkv": true, ".mka": true, ".webm": true, ".avi": true,
	".ts": true, ".mts": true, ".m2ts": true, ".wmv": true, ".3gp": true, ".flv": true}

// mp4s are endings of files of the MP4 family, QuickTime's included.
var mp4s = map[string]bool{".m4a": true, ".m4b": true, ".m4r": true, ".mp4": true, ".m4v": true, ".mov": true, ".3gp": true,
	".3ga": true}

// oggs are endings of Ogg files.
var oggs = map[string]bool{".ogg": true, ".oga": true, ".opus": true}

// words are what subtitles of text are called; each kind can become each other.
var words = []string{"subrip", "ass", "ssa", "webvtt", "mov_text", "text"}

// wordsIn are the kinds that files hold, by their ending; others become the first.
var wordsIn = map[string][]string{".mp4": {"mov_text"}, ".m4v": {"mov_text"}, ".mov": {"mov_text"}, ".webm": {"webvtt"},
	".mkv": {"subrip", "ass", "ssa", "webvtt"}, ".mka": {"subrip", "ass", "ssa", "webvtt"}}

// several are endings of files that can hold more than one sound track.
var several = map[string]bool{".mp4": true, ".m4v": true, ".mov": true, ".mkv": true, ".mka": true, ".webm": true, ".avi": true,
	".ts": true, ".mts": true, ".m2ts": true, ".wmv": true, ".3gp": true, ".m4a": true, ".m4b": true}

// HoldsTracks reports whether a file whose name has this ending can hold more than one sound track.
func HoldsTracks(ext string) bool { return several[strings.ToLower(ext)] }

// streamArgs maps what goes into a file that ends in ext, in the order of the
// source: the sound from input 0, all else that has a place there from input 1, other
// sounds that were cleaned from the inputs after that. Titles, languages and marks like
// "default" go with every stream, but for tags that tell how loud a sound was that was cleaned.
func streamArgs(src media, ext string, tracks int) (args []string) {
	subtitles, n, track := 0, 0, 0
	sounds := src.sounds()
	for i, s := range src.Streams {
		if i != src.audio && !src.goesAlong(i, ext) {
			continue
		}
		out := strconv.Itoa(n)
		n++
		switch {
		case i == src.audio:
			args = append(args, "-map", "0:a:0")
		case track < tracks && slices.Contains(sounds, i):
			track++
			args = append(args, "-map", strconv.Itoa(1+track)+":a:0", "-map_metadata:s:"+out, "1:s:"+strconv.Itoa(s.Index))
			args = append(args, forgetTags("-metadata:s:"+out, s.Tags)...)
		default:
			args = append(args, "-map", "1:"+strconv.Itoa(s.Index), "-map_metadata:s:"+out, "1:s:"+strconv.Itoa(s.Index))
		}
		args = append(args, "-disposition:"+out, marks(s.Disposition))
		if s.Kind == "subtitle" {
			if into := wordsIn[ext]; len(into) > 0 && slices.Contains(words, s.Codec) && !slices.Contains(into, s.Codec) {
				args = append(args, "-c:s:"+strconv.Itoa(subtitles), into[0])
			}
			subtitles++
		}
	}
	return args
}

// forgetTags has an option take away tags that tell how loud the samples were: an empty one is none.
func forgetTags(option string, tags map[string]string) (args []string) {
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		if metadata.IsStale(name) {
			args = append(args, option, name+"=")
		}
	}
	return args
}

// marks are the names of a stream's marks, as ffmpeg takes them.
func marks(disposition map[string]int) string {
	var names []string
	for name, set := range disposition {
		if set != 0 {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return "0"
	}
	slices.Sort(names)
	return strings.Join(names, "+")
}

// goesAlong reports whether a stream beside the sound has a place in a file that ends
// in ext. Attachments, fonts mostly, have one in Matroska.
func (m media) goesAlong(i int, ext string) bool {
	switch kind := m.Streams[i].Kind; {
	case i == m.audio, kind == "data", m.isBroken(i), kind == "attachment" && ext != ".mkv" && ext != ".mka":
		return false
	case kind == "audio":
		return several[ext]
	}
	return videos[ext] || covers[ext] && m.isCover(i)
}

// muxers are ffmpeg's names of the kinds of files whose ending it does not know by itself.
var muxers = map[string]string{".mpga": "mp3", ".3ga": "3gp", ".m4r": "ipod", ".aifc": "aiff", ".weba": "webm"}
