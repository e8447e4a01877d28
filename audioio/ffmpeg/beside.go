package ffmpeg

import (
	"strconv"
	"strings"
)

// besideArgs take over what a file has beside its sound.
func besideArgs(src media, path, ext string, tracks []track) (args []string) {
	sound := src.Streams[src.audio]
	args = append(src.inPlace(ext), fromFile(path)...)
	for _, t := range tracks {
		args = append(args, t.input()...)
	}
	args = append(args, "-map_metadata", "1", "-map_metadata:s:a:0", "1:s:"+strconv.Itoa(sound.Index), "-map_chapters", "1")
	args = append(args, forgetLoudness(src)...)
	if oggs[ext] && len(sound.Tags) == 0 {
		args = append(args, "-map_metadata:s:a:0", "1:g") // Ogg has tags with its streams only
	} else if !oggs[ext] && len(src.Format.Tags) == 0 {
		args = append(args, "-map_metadata", "1:s:"+strconv.Itoa(sound.Index))
	}
	if album := src.Format.Tags["product"]; ext == ".avi" && album != "" {
		args = append(args, "-metadata", "album="+album) // ffmpeg writes it by another name than it reads it
	}
	if strings.HasPrefix(ext, ".aif") && len(src.along(ext)) > 0 {
		args = append(args, "-write_id3v2", "1") // else no covers
	}
	args = append(args, "-c", "copy")
	return append(args, streamArgs(src, ext, len(tracks))...)
}

// forgetLoudness takes away the file's tags that tell how loud the samples were, and those of its first sound.
func forgetLoudness(src media) (args []string) {
	for _, list := range []map[string]string{src.Format.Tags, src.Streams[src.audio].Tags} {
		args = append(args, forgetTags("-metadata", list)...)
		args = append(args, forgetTags("-metadata:s:a:0", list)...)
	}
	return args
}
